import { generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { validateRequest, validateResponse } from "../../../src/transport/grpc/workload-messages.js";
import { Fixture, WEB } from "./support.js";

/** What is refused and how was told by SPIRE 1.15.3, release by release where one is named. */
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KID = "key-of-other";
const BUNDLE = JSON.stringify({ keys: [{ use: "jwt-svid", kid: KID, ...publicKey.export({ format: "jwk" }) }] });
const OPTIONS = {
  entries: [{ ...WEB, federatesWith: ["other.test"] }],
  foreignBundles: { "other.test": BUNDLE },
} as const;

const HEADER = { alg: "ES256", kid: KID, typ: "JWT" };
const CLAIMS = { aud: ["a"], exp: 4_000_000_000, sub: "spiffe://other.test/x" };

function part(value: object | string | Buffer): string {
  const text = typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return Buffer.from(text).toString("base64url");
}

const unsigned = (header: object | string | Buffer, claims: object | string): string =>
  `${part(header)}.${part(claims)}.AAAA`;

function signed(header: object, claims: object): string {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

async function validate(lab: Fixture, svid: string): Promise<string> {
  const call = lab.connection.open("/SpiffeWorkloadAPI/ValidateJWTSVID", { "workload.spiffe.io": "true" });
  call.send(validateRequest.encode({ audience: "a", svid }));
  call.halfClose();
  const event = await call.next(5_000);
  if (event === undefined) throw new Error("nothing came");
  return "message" in event ? validateResponse.decode(event.message).spiffeId : event.status.details;
}

describe("of a token's JSON ValidateJWTSVID tells what go-jose's decoder tells", () => {
  let lab: Fixture;
  beforeAll(async () => {
    lab = await Fixture.start(OPTIONS);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each([
    ["null", "token missing subject claim"],
    ["[]", "json: cannot unmarshal array into Go value of type jwt.Claims"],
    ["1", "json: cannot unmarshal number into Go value of type jwt.Claims"],
    ["{", "unexpected end of JSON input"],
    ['{"sub":1}', "json: cannot unmarshal number into Go value of type string"],
    ['{"sub":["a"]}', "json: cannot unmarshal array into Go value of type string"],
    ['{"sub":"a","sub":"b"}', "json: duplicate key 'sub' in object"],
    ['{"Sub":"spiffe://other.test/x","exp":9}', "token missing subject claim"],
    ['{"sub":"spiffe://other.test/x","exp":null}', "token missing exp claim"],
    [
      '{"sub":"spiffe://other.test/x","exp":"9"}',
      "go-jose/go-jose/jwt: expected number value to unmarshal NumericDate",
    ],
    [
      '{"sub":"spiffe://other.test/x","exp":1e400}',
      "go-jose/go-jose/jwt: expected number value to unmarshal NumericDate",
    ],
    [
      '{"sub":"spiffe://other.test/x","exp":9,"aud":[1]}',
      "go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience",
    ],
    ['{"sub":"spiffe://other.test/x","exp":9,"iss":1}', "json: cannot unmarshal number into Go value of type string"],
    ['{"exp":"x","sub":1}', "go-jose/go-jose/jwt: expected number value to unmarshal NumericDate"],
    ['{"sub":1,"exp":"x"}', "json: cannot unmarshal number into Go value of type string"],
    ['{"sub":1,"x":1,"x":2}', "json: duplicate key 'x' in object"],
    ['{"sub":"\\x"}', "invalid character 'x' in string escape code"],
    ['{"a":nul}', "invalid character '}' in literal null (expecting 'l')"],
  ])("claims %s: %s", async (claims, says) => {
    expect(await validate(lab, unsigned(HEADER, claims))).toBe(says);
  });

  const algorithms = '["ES256" "ES384" "ES512" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512"]';
  test.each([
    ["", `unexpected signature algorithm ""; expected ${algorithms}`],
    ["null", `unexpected signature algorithm ""; expected ${algorithms}`],
    ["[]", "json: cannot unmarshal array into Go value of type jose.rawHeader"],
    ["tru", "invalid character ' ' in literal true (expecting 'e')"],
    [Buffer.from([0xff]), "invalid character 'ÿ' looking for beginning of value"],
    ['{"alg":"ES256","alg":"RS256"}', "json: duplicate key 'alg' in object"],
    ['{"alg":1}', 'failed to unmarshal algorithm: json: cannot unmarshal number into Go value of type string: "1"'],
    [
      '{"alg":"ES256","kid":["a"]}',
      'failed to unmarshal key ID: json: cannot unmarshal array into Go value of type string: "[\\"a\\"]"',
    ],
    ['{"jwk":{}}', 'failed to unmarshal JWK: go-jose/go-jose: missing json web key type: "{}"'],
    [
      '{"jwk":{"kty":"EC"}}',
      `failed to unmarshal JWK: go-jose/go-jose: unsupported elliptic curve '': "{\\"kty\\":\\"EC\\"}"`,
    ],
    ['{"alg":"ES256","jwk":{"kty":"oct","k":"AAAA"}}', "go-jose/go-jose: invalid embedded jwk, must be public key"],
    ['{"x5c":["AAAA"]}', 'failed to unmarshal x5c header: x509: malformed certificate: "[\\"AAAA\\"]"'],
  ])("header %s: %s", async (header, says) => {
    expect(await validate(lab, unsigned(header, CLAIMS))).toBe(`unable to parse JWT token: ${says}`);
  });

  test.each([
    [{ ...HEADER, crit: ["x"] }, "go-jose/go-jose: unsupported critical header"],
    [{ ...HEADER, crit: "x" }, "json: cannot unmarshal string into Go value of type []string"],
    [{ ...HEADER, crit: ["b64"], b64: true }, "spiffe://other.test/x"],
    [{ ...HEADER, b64: false }, "go-jose/go-jose: error in cryptographic primitive"],
    [{ ...HEADER, alg: "ES384" }, "go-jose/go-jose: error in cryptographic primitive"],
    [{ ...HEADER, typ: 1, cty: "x" }, "spiffe://other.test/x"],
  ])("a well signed token with the header %o: %s", async (header, says) => {
    expect(await validate(lab, signed(header, CLAIMS))).toBe(says);
  });

  test("line breaks in a token are read over, blanks are not", async () => {
    const token = signed(HEADER, CLAIMS);
    expect(await validate(lab, `\n${token}\r\n`)).toBe("spiffe://other.test/x");
    expect(await validate(lab, ` ${token}`)).toBe("unable to parse JWT token: illegal base64 data at input byte 0");
  });
});

test.each([
  ["1.13.2", "go-jose/go-jose: error in cryptographic primitive"],
  ["1.8.0", "square/go-jose: error in cryptographic primitive"],
])("SPIRE %s does not name a critical header that it does not understand", async (version, says) => {
  await using lab = await Fixture.start({ ...OPTIONS, version });
  expect(await validate(lab, signed({ ...HEADER, crit: ["x"] }, CLAIMS))).toBe(says);
});

test("SPIRE 1.9.5 reads over blanks in a token", async () => {
  await using lab = await Fixture.start({ ...OPTIONS, version: "1.9.5" });
  expect(await validate(lab, ` ${signed(HEADER, CLAIMS)}`)).toBe("spiffe://other.test/x");
});
