import type { SessionSettings } from "./session.js";
import { hasQuirk } from "./versions.js";

/** The conditions and events of a Certificate and its CertificateRequest. */
export class CertificateStatus {
  readonly requestName: string;

  constructor(
    readonly name: string,
    readonly settings: SessionSettings,
  ) {
    this.requestName = hasQuirk(settings.version, "request-named-by-revision") ? `${name}-1` : `${name}-x7k2m`;
  }

  requested(): void {
    const message = "Issuing certificate as Secret does not exist";
    this.#certificate("Issuing", true, "DoesNotExist", message);
    this.#certificate("Ready", false, "DoesNotExist", message);
    const approved = "Certificate request has been approved by cert-manager.io";
    this.#request("Approved", true, "cert-manager.io", approved);
  }

  pending(reason: string, message: string): string {
    this.#request("Ready", false, "Pending", message);
    this.#event("CertificateRequest", "Normal", reason, message);
    return message;
  }

  failed(message: string): string {
    this.#request("Ready", false, "Failed", message);
    this.#event("CertificateRequest", "Warning", "SigningError", message);
    const seen = `The certificate request has failed to complete and will be retried: ${message}`;
    this.#certificate("Issuing", false, "Failed", seen);
    this.#event("Certificate", "Warning", "Failed", seen);
    return message;
  }

  issued(): string {
    const message = this.#fetched();
    this.settings.report.dropCondition("Certificate", this.name, "Issuing");
    this.#certificate("Ready", true, "Ready", "Certificate is up to date and has not expired");
    return message;
  }

  /** The request has its certificate, but of a key that nobody asked for. (certificates/issuing) */
  otherKey(): string {
    this.#fetched();
    const message =
      "Issuer returned a certificate with a public key that does not match the CSR. This usually indicates a misconfigured issuer.";
    const seen = `The certificate request has failed to complete and will be retried: ${message}`;
    this.#certificate("Issuing", false, "InvalidCertificate", seen);
    this.#event("Certificate", "Warning", "InvalidCertificate", seen);
    return message;
  }

  #fetched(): string {
    const message = "Certificate fetched from issuer successfully";
    this.#request("Ready", true, "Issued", message);
    this.#event("CertificateRequest", "Normal", "CertificateIssued", message);
    return message;
  }

  #certificate(type: string, status: boolean, reason: string, message: string): void {
    this.settings.report.condition({
      object: "Certificate",
      name: this.name,
      type,
      status: status ? "True" : "False",
      reason,
      message,
    });
  }

  #request(type: string, status: boolean, reason: string, message: string): void {
    const name = this.requestName;
    this.settings.report.condition({
      object: "CertificateRequest",
      name,
      type,
      status: status ? "True" : "False",
      reason,
      message,
    });
  }

  #event(
    object: "Certificate" | "CertificateRequest",
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ): void {
    const name = object === "Certificate" ? this.name : this.requestName;
    this.settings.report.event({ object, name, type, reason, message });
  }
}
