import { type Authority, createAuthority, type KeyedCertificate } from "../pki/index.js";
import type { Clock } from "../runtime/index.js";
import type { TemplateId } from "../scenario/index.js";

/** An authority and the one client certificate that it has signed. */
interface Signer {
  readonly authority: Authority;
  readonly client: KeyedCertificate;
}

/**
 * Authorities that no fake's own certificate comes from: the one whose client certificates a server may be told to take,
 * and a stranger. Each is made when a template first asks for it.
 */
export class Bystanders {
  readonly #clock: Clock;
  readonly #signers = new Map<string, Signer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The value of a template; `undefined` for those that are not theirs. */
  lookup(name: TemplateId): string | undefined {
    switch (name) {
      case "lab.clientCa":
        return this.#signer("mistrust client CA").authority.certificatePem;
      case "lab.clientCertificate":
        return this.#signer("mistrust client CA").client.certificatePem;
      case "lab.clientKey":
        return this.#signer("mistrust client CA").client.keyPem;
      case "lab.strangerCa":
        return this.#signer("mistrust stranger CA").authority.certificatePem;
      case "lab.strangerCa.base64":
        return Buffer.from(this.#signer("mistrust stranger CA").authority.certificatePem).toString("base64");
      case "lab.strangerCertificate":
        return this.#signer("mistrust stranger CA").client.certificatePem;
      case "lab.strangerKey":
        return this.#signer("mistrust stranger CA").client.keyPem;
      default:
        return undefined;
    }
  }

  #signer(commonName: string): Signer {
    const known = this.#signers.get(commonName);
    if (known !== undefined) return known;
    const authority = createAuthority({ clock: this.#clock, commonName });
    const made = { authority, client: authority.issue({ commonName: "vault client", usage: "client" }) };
    this.#signers.set(commonName, made);
    return made;
  }
}
