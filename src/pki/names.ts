import { type Asn1, oid, parts, primitive, readOid, readText, sequence, set, TAG, tagged } from "./der.js";

/** Who a certificate is about, in the order and with the multi-valued parts that Go's crypto/x509/pkix writes. */
export interface Subject {
  readonly country?: readonly string[];
  readonly organization?: readonly string[];
  readonly organizationalUnit?: readonly string[];
  readonly locality?: readonly string[];
  readonly province?: readonly string[];
  readonly streetAddress?: readonly string[];
  readonly postalCode?: readonly string[];
  readonly commonName?: string;
  readonly serialNumber?: string;
  /** x500UniqueIdentifier, which SPIRE puts into its X509-SVIDs. */
  readonly uniqueIdentifier?: string;
  /** Each stands for itself, after all others (Go: ExtraNames). */
  readonly userIds?: readonly string[];
}

const ATTRIBUTES: readonly (readonly [keyof Subject, string, string])[] = [
  ["country", "2.5.4.6", "C"],
  ["organization", "2.5.4.10", "O"],
  ["organizationalUnit", "2.5.4.11", "OU"],
  ["locality", "2.5.4.7", "L"],
  ["province", "2.5.4.8", "ST"],
  ["streetAddress", "2.5.4.9", "STREET"],
  ["postalCode", "2.5.4.17", "POSTALCODE"],
  ["commonName", "2.5.4.3", "CN"],
  ["serialNumber", "2.5.4.5", "SERIALNUMBER"],
  ["uniqueIdentifier", "2.5.4.45", "x500UniqueIdentifier"],
  ["userIds", "0.9.2342.19200300.100.1.1", "UID"],
];

/** The subject as a DER Name: one RDN per kind of attribute, PrintableString where the text allows it (as Go does). */
export function nameOf(subject: Subject): Asn1 {
  const rdns = ATTRIBUTES.flatMap(([key, id]) => {
    const value = subject[key];
    const values = value === undefined ? [] : typeof value === "string" ? [value] : value;
    const attributes = values.map((text) => sequence(oid(id), directoryString(text)));
    if (key === "userIds") return attributes.map((attribute) => set(attribute));
    return values.length === 0 ? [] : [set(...attributes)];
  });
  return sequence(...rdns);
}

function directoryString(text: string): Asn1 {
  if (/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) return primitive(TAG.printable, text);
  return primitive(TAG.utf8, Buffer.from(text, "utf8").toString("latin1"));
}

/** Reads a DER Name. Attributes that `Subject` does not have are left out. */
export function subjectOf(name: Asn1 | undefined): Subject {
  const lists: Record<string, string[]> = {};
  for (const rdn of parts(name)) {
    for (const attribute of parts(rdn)) {
      const [id, value] = parts(attribute);
      const dotted = readOid(id);
      const known = ATTRIBUTES.find(([, oid]) => oid === dotted);
      if (known !== undefined) (lists[known[0]] ??= []).push(readText(value));
    }
  }
  const { commonName, serialNumber, uniqueIdentifier, ...rest } = lists;
  return {
    ...rest,
    ...(commonName?.[0] !== undefined && { commonName: commonName[0] }),
    ...(serialNumber?.[0] !== undefined && { serialNumber: serialNumber[0] }),
    ...(uniqueIdentifier?.[0] !== undefined && { uniqueIdentifier: uniqueIdentifier[0] }),
  };
}

/** The subject in one line, last attribute first, as Go's pkix.Name.String prints it: `CN=vault,O=Example`. */
export function subjectText(subject: Subject): string {
  const rdns = ATTRIBUTES.flatMap(([key, , short]) => {
    const value = subject[key];
    const values = value === undefined ? [] : typeof value === "string" ? [value] : value;
    return values.length === 0 ? [] : [values.map((text) => `${short}=${text}`).join("+")];
  });
  return rdns.reverse().join(",");
}

/** Subject alternative names by kind. IP addresses in text form. */
export interface AlternativeNames {
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
  readonly uris?: readonly string[];
  readonly emails?: readonly string[];
  /** Texts under an id of their own. */
  readonly others?: readonly OtherName[];
}

export interface OtherName {
  readonly oid: string;
  readonly value: string;
}

/** GeneralNames (RFC 5280 §4.2.1.6) in the order in which Go writes them: DNS, e-mail, IP, URI. */
export function generalNames(names: AlternativeNames): Asn1[] {
  const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
  return [
    ...(names.others ?? []).map(({ oid: id, value }) =>
      tagged(0, [oid(id), tagged(0, [primitive(TAG.utf8, utf8(value))])]),
    ),
    ...(names.dns ?? []).map((text) => tagged(2, utf8(text))),
    ...(names.emails ?? []).map((text) => tagged(1, utf8(text))),
    ...(names.ips ?? []).map((text) => tagged(7, ipBytes(text).toString("latin1"))),
    ...(names.uris ?? []).map((text) => tagged(6, utf8(text))),
  ];
}

export function readGeneralNames(names: readonly Asn1[]): Required<AlternativeNames> {
  const of = (n: number): Asn1[] => names.filter((name) => name.tagClass === 0x80 && name.type === n);
  const text = (name: Asn1): string =>
    typeof name.value === "string" ? Buffer.from(name.value, "latin1").toString("utf8") : "";
  return {
    dns: of(2).map(text),
    emails: of(1).map(text),
    ips: of(7).map((name) =>
      ipText(typeof name.value === "string" ? Buffer.from(name.value, "latin1") : Buffer.alloc(0)),
    ),
    uris: of(6).map(text),
    others: of(0).map((name) => {
      const [id, value] = parts(name);
      return { oid: readOid(id), value: readText(parts(value)[0]) };
    }),
  };
}

/** 4 or 16 bytes of an address in text form. An address that is none gives no bytes. */
export function ipBytes(text: string): Buffer {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return Buffer.from(text.split(".").map(Number));
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (mapped !== null) {
    const [a, b, c, d] = mapped.slice(2).map(Number);
    const hex = (high = 0, low = 0): string => ((high << 8) | low).toString(16);
    return ipBytes(`${mapped[1] ?? ""}${hex(a, b)}:${hex(c, d)}`);
  }
  if (!text.includes(":")) return Buffer.alloc(0);
  const [head = "", tail] = text.split("::");
  const groups = (half: string): string[] => (half === "" ? [] : half.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const middle = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return Buffer.from(
    [...before, ...(tail === undefined ? [] : middle), ...after].flatMap((g) => [
      parseInt(g, 16) >> 8,
      parseInt(g, 16) & 255,
    ]),
  );
}

/** An address as Go's net.IP prints it. */
export function ipText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join(".");
  const groups = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  const runs = [...groups.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  const longest = runs[0];
  if (longest === undefined) return groups.join(":");
  const text = groups.join(":");
  const before = text.slice(0, longest.index);
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}
