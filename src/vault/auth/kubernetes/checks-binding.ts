import { pass, refuse } from "../../../journal/index.js";
import { glob } from "../../../runtime/index.js";
import type { BackendContext } from "../../core/backend.js";
import { serviceAccount as accountOf } from "./claims.js";
import { listed } from "./verdicts.js";
import { namespaceLabels } from "./lookups.js";
import type { Login, LoginCheck, LoginRefusal } from "./login.js";
import { selects } from "./selector.js";

/** Which service account the token is of. */
export const accountClaims: LoginCheck = {
  id: "claims",
  doc: "The claims of a service account have the types that Kubernetes gives them; audiences are a list.",
  wants: () => "the claims of a service account token",
  run: (login) => {
    const found = accountOf(login.get("claims"), login.context.quirk("decoding-errors-are-plain"));
    if ("error" in found) {
      const remedy = 'log in with a token that the cluster issued; its "aud" is always a list';
      return refuse({ status: 500, text: found.error }, { got: found.error, remedy });
    }
    login.set("account", found);
    return pass(`${found.namespace}/${found.name}`);
  },
};

/** Name and namespace against the role, in the order of the release. */
export function bindingChecks(context: BackendContext): readonly LoginCheck[] {
  return context.quirk("kubernetes-namespace-before-name") ? [namespace, serviceAccount] : [serviceAccount, namespace];
}

function bindingRefusal(login: Login, text: string): LoginRefusal {
  return { status: login.context.quirk("kubernetes-binding-error-is-500") ? 500 : 403, text };
}

const serviceAccount: LoginCheck = {
  id: "service-account",
  doc: "The service account's name is one of the role's; `*` may stand in a name, and alone admits all.",
  wants: (login) => listed(login.get("role").names),
  run: (login) => {
    const { names } = login.get("role");
    const got = login.get("account").name;
    if (names.some((name) => glob(name, got))) return pass(got);
    const remedy = `add ${JSON.stringify(got)} to the role's bound_service_account_names, or log in as a service account that is there`;
    return refuse(bindingRefusal(login, "service account name not authorized"), { got, remedy });
  },
};

const namespace: LoginCheck = {
  id: "namespace",
  doc: "The namespace is one of the role's, or carries the labels of its selector.",
  wants: (login) => {
    const { namespaces = [], namespaceSelector } = login.get("role");
    return [
      ...(namespaces.length > 0 ? [listed(namespaces)] : []),
      ...(namespaceSelector === "" ? [] : [namespaceSelector]),
    ].join(" or ");
  },
  run: async (login) => {
    const { namespaces = [], namespaceSelector, labels } = login.get("role");
    const got = login.get("account").namespace;
    if (namespaces.some((name) => glob(name, got))) return pass(got);
    const remedy = `add ${JSON.stringify(got)} to the role's bound_service_account_namespaces, or log in from a namespace that is there`;
    if (namespaceSelector === "") return refuse(bindingRefusal(login, "namespace not authorized"), { got, remedy });
    const reply = await namespaceLabels(login.get("api"), got, login.reviewer);
    if ("failure" in reply) {
      const text = `namespace not authorized err=${reply.failure}`;
      return refuse(bindingRefusal(login, text), { got: `${got}: ${reply.failure}`, remedy: LOOKUP_REMEDY });
    }
    const carried = `${got} with labels ${JSON.stringify(reply.found)}`;
    return selects(labels, reply.found)
      ? pass(carried)
      : refuse(bindingRefusal(login, "namespace not authorized"), { got: carried, remedy });
  },
};

const LOOKUP_REMEDY = "set token_reviewer_jwt to a service account that may get namespaces";
