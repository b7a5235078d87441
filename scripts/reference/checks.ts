import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import ts from "typescript";

/** A check as its source describes it. */
export interface DescribedCheck {
  readonly id: string;
  readonly doc: string;
  /** Below `src`. */
  readonly file: string;
}

/**
 * Every object in the sources that has an `id` and a `doc`, in the order in which they stand there. Most tables of checks are
 * private to their module, and some checks are made by a function, so the sources are read instead of the values.
 */
export function describedChecks(root: string): readonly DescribedCheck[] {
  const src = join(root, "src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(src, file), "utf8");
    return text.includes("doc:") ? checksOf(text, file.split(sep).join("/")) : [];
  });
}

function checksOf(text: string, file: string): DescribedCheck[] {
  const found: DescribedCheck[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const id = textOf(node, "id");
      const doc = textOf(node, "doc");
      if (id !== undefined && doc !== undefined) found.push({ id, doc, file });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

function textOf(node: ts.ObjectLiteralExpression, name: string): string | undefined {
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name) || property.name.text !== name) continue;
    return literal(property.initializer);
  }
  return undefined;
}

/** A text, or several with a plus between them. */
function literal(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const left = literal(node.left);
  const right = literal(node.right);
  return left === undefined || right === undefined ? undefined : left + right;
}
