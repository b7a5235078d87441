import { type JsonObject, objectsAt, textAt, textsAt } from "./objects.js";
import { type Resource, RESOURCES } from "./resources.js";
import { type FieldError, invalidValue, requiredValue, unsupportedValue } from "./status.js";

const GROUP = RESOURCES.role.group;

/** What is wrong with the rules of a Role or ClusterRole. (pkg/apis/rbac/validation ValidatePolicyRule) */
export function ruleErrors(role: JsonObject, isNamespaced: boolean): readonly FieldError[] {
  return objectsAt(role, "rules").flatMap((rule, i) => {
    const at = (field: string): string => `rules[${i}].${field}`;
    const is = (field: string): boolean => textsAt(rule, field).length > 0;
    const errors = is("verbs") ? [] : [requiredValue(at("verbs"), "verbs must contain at least one value")];
    if (is("nonResourceURLs")) {
      const wrong = (why: string): FieldError =>
        invalidValue(at("nonResourceURLs"), textsAt(rule, "nonResourceURLs"), why);
      if (isNamespaced) errors.push(wrong("namespaced rules cannot apply to non-resource URLs"));
      if (is("apiGroups") || is("resources") || is("resourceNames")) {
        errors.push(wrong("rules cannot apply to both regular resources and non-resource URLs"));
      }
      return errors;
    }
    if (!is("apiGroups")) {
      errors.push(requiredValue(at("apiGroups"), "resource rules must supply at least one api group"));
    }
    if (!is("resources")) {
      errors.push(requiredValue(at("resources"), "resource rules must supply at least one resource"));
    }
    return errors;
  });
}

/** What is wrong with the roleRef and the subjects of a binding. (ValidateRoleBinding, ValidateClusterRoleBinding) */
export function bindingErrors(binding: JsonObject, resource: Resource): readonly FieldError[] {
  const isNamespaced = resource === RESOURCES.roleBinding;
  const [group, kind, name] = ["apiGroup", "kind", "name"].map((field) => textAt(binding, "roleRef", field));
  const kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  const errors: FieldError[] = [];
  if (group !== GROUP && group !== "") errors.push(unsupportedValue("roleRef.apiGroup", group, [GROUP]));
  if (!kinds.includes(kind ?? "")) errors.push(unsupportedValue("roleRef.kind", kind, kinds));
  if (name === "") errors.push(requiredValue("roleRef.name"));
  return [
    ...errors,
    ...objectsAt(binding, "subjects").flatMap((subject, i) => subjectErrors(subject, i, isNamespaced)),
  ];
}

function subjectErrors(subject: JsonObject, index: number, isNamespaced: boolean): readonly FieldError[] {
  const at = (field: string): string => `subjects[${index}].${field}`;
  const [kind, group] = [textAt(subject, "kind"), textAt(subject, "apiGroup")];
  const errors = textAt(subject, "name") === "" ? [requiredValue(at("name"))] : [];
  switch (kind) {
    case "ServiceAccount":
      if (group !== "") errors.push(unsupportedValue(at("apiGroup"), group, [""]));
      if (!isNamespaced && textAt(subject, "namespace") === "") errors.push(requiredValue(at("namespace")));
      return errors;
    case "User":
    case "Group":
      if (group !== "" && group !== GROUP) errors.push(unsupportedValue(at("apiGroup"), group, [GROUP]));
      return errors;
    default:
      return [...errors, unsupportedValue(at("kind"), kind, ["ServiceAccount", "User", "Group"])];
  }
}

/** A binding keeps the role that it was made for. */
export function roleRefErrors(old: JsonObject, next: JsonObject): readonly FieldError[] {
  const [was, is] = [old, next].map((binding) => ({
    APIGroup: textAt(binding, "roleRef", "apiGroup"),
    Kind: textAt(binding, "roleRef", "kind"),
    Name: textAt(binding, "roleRef", "name"),
  }));
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [invalidValue("roleRef", is, "cannot change roleRef")];
}
