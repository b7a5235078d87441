/** One test case of a JUnit report. */
export interface JUnitCase {
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  /** Absent where it passed; its first line is the message. */
  readonly failure?: string;
  readonly skipped?: string;
}

/** A JUnit XML report, in the shape that CI servers read (the "JUnit 4 / Ant" schema: testsuites, testsuite, testcase). */
export function junit(cases: readonly JUnitCase[]): string {
  const suites = [...new Set(cases.map((one) => one.suite))];
  const body = suites.map((suite) => {
    const members = cases.filter((one) => one.suite === suite);
    const inner = members.map(caseXml).join("\n");
    return `  <testsuite name="${escape(suite)}" ${counts(members)}>\n${inner}\n  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="mistrust verify" ${counts(cases)}>\n${body.join("")}</testsuites>\n`;
}

function counts(cases: readonly JUnitCase[]): string {
  const failures = cases.filter((one) => one.failure !== undefined).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
}

function caseXml({ suite, name, seconds, failure, skipped }: JUnitCase): string {
  const open = `    <testcase classname="${escape(suite)}" name="${escape(name)}" time="${seconds.toFixed(3)}"`;
  if (failure !== undefined) {
    const message = failure.split("\n")[0] ?? "";
    return `${open}>\n      <failure message="${escape(message)}" type="MISTRUST_EXPECTATION_FAILED">${escape(failure)}</failure>\n    </testcase>`;
  }
  if (skipped !== undefined) return `${open}>\n      <skipped message="${escape(skipped)}"/>\n    </testcase>`;
  return `${open}/>`;
}

/** Text for XML 1.0, which has no way at all to write most control characters. */
function escape(text: string): string {
  return text

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"\n\t]/g, (char) => `&#${char.charCodeAt(0)};`);
}
