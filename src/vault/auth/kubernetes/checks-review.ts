import { pass, refuse, skip } from "../../../journal/index.js";
import { listed, unauthorized } from "./verdicts.js";
import { aliasAnnotations } from "./lookups.js";
import type { Login, LoginCheck } from "./login.js";
import { reviewToken } from "./review.js";

const UID_REMEDY = "log in with a service account token that the cluster issued; it holds the account's uid";

const uid: LoginCheck = {
  id: "uid",
  doc: "The token has what the alias is named after: the uid, or namespace and name.",
  wants: (login) => (login.get("role").aliasNameSource === "serviceaccount_name" ? "namespace and name" : "a uid"),
  run: (login) => {
    const { uid: id, namespace, name } = login.get("account");
    if (login.get("role").aliasNameSource !== "serviceaccount_name") {
      if (id === "")
        return refuse({ status: 500, text: "could not parse UID from claims" }, { got: "none", remedy: UID_REMEDY });
      login.aliasName = id;
      return pass(id);
    }
    if (namespace === "" || name === "") {
      return refuse(
        { status: 500, text: "service account namespace and name must be set" },
        { got: `${namespace}/${name}`, remedy: UID_REMEDY },
      );
    }
    login.aliasName = `${namespace}/${name}`;
    return pass(login.aliasName);
  },
};

/** The audiences that the API server is asked for. */
function askedFor(login: Login): readonly string[] {
  const { audience } = login.get("role");
  const useRole = audience !== "" && login.context.quirk("kubernetes-review-asks-for-the-role-audience");
  return useRole ? [audience] : login.get("account").audience;
}

function bearerOf(login: Login): string {
  return login.reviewer === "" ? login.jwt : login.reviewer;
}

const tokenReview: LoginCheck = {
  id: "token-review",
  doc: "The API server, asked with a TokenReview, knows the token, for the audiences asked for, as the same service account.",
  wants: (login) => `a good TokenReview for the audiences ${listed(askedFor(login))}`,
  run: async (login) => {
    const { context } = login;
    const problem = await reviewToken(
      login.get("api"),
      {
        jwt: login.jwt,
        bearer: bearerOf(login),
        audiences: askedFor(login),
        withCreationTimestamp: context.quirk("kubernetes-review-has-creation-timestamp"),
        mustMeetAudience: context.quirk("kubernetes-review-asks-for-the-role-audience"),
      },
      login.get("account"),
    );
    const reviewer =
      login.reviewer === "" ? "the login's own token was the reviewer's bearer" : "token_reviewer_jwt was the bearer";
    if (problem === undefined) return pass("authenticated", reviewer);
    const note =
      problem.status === undefined
        ? "the API server gave no answer"
        : `the API server answered ${problem.status}; ${reviewer}`;
    return unauthorized(login, problem.failure, { note, remedy: remedyFor(login, problem.status, problem.failure) });
  },
};

function remedyFor(login: Login, status: number | undefined, failure: string): string {
  const host = login.get("config").host;
  if (status === undefined)
    return `see that ${host} is reachable from Vault and that kubernetes_ca_cert is the CA of its certificate`;
  if (status === 401 && login.reviewer === "") {
    return "set token_reviewer_jwt, or give the login token an audience of the API server: without a reviewer it has to review itself";
  }
  if (status === 401) return "replace token_reviewer_jwt: the API server does not know it any more";
  if (status === 403) return "bind the reviewer to the ClusterRole system:auth-delegator";
  if (status === 404) return `see that kubernetes_host (${host}) is the base URL of an API server`;
  if (failure.includes("audience"))
    return "request the token for an audience that the API server and the role agree on";
  return "see the API server's own log for why it does not accept the token";
}

const aliasMetadata: LoginCheck = {
  id: "alias-metadata",
  doc: "With use_annotations_as_alias_metadata, the service account can be read and sets no reserved key.",
  wants: (login) => (login.get("config").annotationsAsAliasMetadata ? "a service account that can be read" : undefined),
  run: async (login) => {
    if (!login.get("config").annotationsAsAliasMetadata) return skip("use_annotations_as_alias_metadata is not set");
    const { namespace, name } = login.get("account");
    const reply = await aliasAnnotations(login.get("api"), namespace, name, bearerOf(login));
    if ("failure" in reply) {
      const remedy = "let the reviewer get serviceaccounts, and keep reserved keys out of the annotations";
      return refuse(
        { status: reply.isRequestError === true ? 400 : 500, text: reply.failure },
        { got: reply.failure, remedy },
      );
    }
    login.annotations = reply.found;
    return pass(JSON.stringify(reply.found));
  },
};

/** From the alias on: what the API server has to say. */
export const reviewChecks: readonly LoginCheck[] = [uid, tokenReview, aliasMetadata];
