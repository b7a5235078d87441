import { pass, refuse, type ServerLog, skip } from "../../../journal/index.js";
import { logLine } from "../../log-line.js";
import { registeredClaims } from "../registered-claims.js";
import type { Login, LoginCheck } from "./login.js";
import { claimRefusal, listed } from "./verdicts.js";

const registered: LoginCheck = {
  id: "registered-claims",
  doc: "The registered claims have the types that RFC 7519 gives them.",
  wants: () => "times as numbers, issuer as text, audience as text or list",
  run: (login) => {
    // Claims are judged by the library that verifies with keys, whether there are keys or not.
    const square = login.context.quirk("jose-is-square-with-keys");
    const found = registeredClaims(login.get("claims"), square ? "square/go-jose" : "go-jose/go-jose");
    if ("error" in found) {
      const remedy = "log in with a token that the cluster issued";
      return refuse(claimRefusal(login, { now: found.error, before: found.error }), { got: found.error, remedy });
    }
    login.set("registered", found);
    return pass();
  },
};

/** The issuer that a token must have; "" for any. */
function wantedIssuer(login: Login): string {
  const { disableIssValidation, issuer } = login.get("config");
  if (disableIssValidation) return "";
  return issuer === "" && login.context.quirk("kubernetes-default-issuer-is-enforced")
    ? "kubernetes/serviceaccount"
    : issuer;
}

const issuer: LoginCheck = {
  id: "issuer",
  doc: "The token's issuer is the configured one, where issuers are validated and one is configured.",
  wants: (login) => wantedIssuer(login) || undefined,
  run: (login) => {
    const [wanted, got] = [wantedIssuer(login), login.get("registered").issuer];
    if (wanted === "") {
      return skip(
        login.get("config").disableIssValidation ? "disable_iss_validation is true" : "no issuer is configured",
      );
    }
    if (got === wanted) return pass(got);
    const remedy = `set disable_iss_validation=true, or issuer=${JSON.stringify(got)} on the method's config`;
    const words = { now: "invalid issuer (iss) claim", before: 'claim "iss" is invalid' };
    return refuse(claimRefusal(login, words), { got, remedy });
  },
};

const AUDIENCE = {
  now: "invalid audience (aud) claim: audience claim does not match any expected audience",
  before: 'claim "aud" is invalid',
};

const audience: LoginCheck = {
  id: "audience",
  doc: "One of the token's audiences equals the role's audience, where it has one.",
  wants: (login) => login.get("role").audience || undefined,
  run: (login) => {
    const wanted = login.get("role").audience;
    const got = login.get("registered").audience;
    if (wanted === "")
      return { ...skip("the role has no audience: a token of any audience passes"), ...withoutAudience(login) };
    if (got.includes(wanted)) return pass(listed(got));
    const remedy = `request the token for the audience ${JSON.stringify(wanted)}, or set the role's audience to one of the token's`;
    return refuse(claimRefusal(login, AUDIENCE), { got: listed(got), remedy });
  },
};

function withoutAudience(login: Login): { readonly log?: ServerLog } {
  if (!login.context.quirk("kubernetes-audience-will-be-required")) return {};
  const text =
    "A role without an audience was used to authenticate into Vault. Vault v1.21+ will require roles to have an audience.";
  return { log: { level: "warn", line: logLine(login.logger, text, { role_name: login.roleName }) } };
}

const boundAudiences: LoginCheck = {
  id: "bound-audiences",
  doc: "Not in a real Vault: the token's audience meets one of the role's bound_audiences, which the real plugin drops.",
  wants: (login) =>
    login.get("role").boundAudiences.length === 0 ? undefined : listed(login.get("role").boundAudiences),
  run: (login) => {
    const wanted = login.get("role").boundAudiences;
    const got = login.get("registered").audience;
    if (login.context.boundAudiences === "ignore") return skip("boundAudiences: ignore, as the real plugin does");
    if (wanted.length === 0) return skip("the role has no bound_audiences");
    if (got.some((one) => wanted.includes(one))) return pass(listed(got));
    return refuse(claimRefusal(login, AUDIENCE), {
      got: listed(got),
      note: "a real Vault ignores bound_audiences on a Kubernetes role and would have gone on",
      remedy: `request the token for one of ${listed(wanted)}; with a real Vault use the role's audience instead`,
    });
  },
};

/** Who issued the token, and for whom. */
export const claimChecks = { registeredClaims: registered, issuer, audience, boundAudiences } as const;
