/** The one part of node-forge that is loaded: its DER codec. Byte strings hold one byte per character. */
declare module "node-forge/lib/asn1.js" {
  export interface Asn1 {
    tagClass: number;
    type: number;
    constructed: boolean;
    composed: boolean;
    value: string | Asn1[];
  }
  interface Codec {
    create(tagClass: number, type: number, constructed: boolean, value: string | Asn1[]): Asn1;
    fromDer(bytes: string, options?: { strict?: boolean; parseAllBytes?: boolean; decodeBitStrings?: boolean }): Asn1;
    toDer(value: Asn1): { getBytes(): string };
    oidToDer(oid: string): { getBytes(): string };
    derToOid(bytes: string): string;
  }
  const asn1: Codec;
  export default asn1;
}
