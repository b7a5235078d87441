import { expect, test } from "vitest";
import { goJsonError } from "../../../src/runtime/index.js";

test.each([
  ["", "unexpected end of JSON input"],
  ["{", "unexpected end of JSON input"],
  ["x", "invalid character 'x' looking for beginning of value"],
  ["{x", "invalid character 'x' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["{} x", "invalid character 'x' after top-level value"],
  ["nul", "invalid character ' ' in literal null (expecting 'l')"],
  ["[-", "invalid character ' ' in numeric literal"],
  ["1.", "invalid character ' ' after decimal point in numeric literal"],
  ["1e+", "invalid character ' ' in exponent of numeric literal"],
  ['"\\u12', "invalid character ' ' in \\u hexadecimal character escape"],
  ['"\\', "invalid character ' ' in string escape code"],
  ['"a', "unexpected end of JSON input"],
  ["trux", "invalid character 'x' in literal true (expecting 'e')"],
  ["01", "invalid character '1' after top-level value"],
  ["-x", "invalid character 'x' in numeric literal"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ["1ex", "invalid character 'x' in exponent of numeric literal"],
  ['"\n"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ["é", "invalid character 'Ã' looking for beginning of value"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
])("%j: %s", (text, error) => {
  expect(goJsonError(text)).toBe(error);
});

test("bytes that are not UTF-8 are named one by one", () => {
  expect(goJsonError(Buffer.from([0xff, 0xfe]))).toBe("invalid character 'ÿ' looking for beginning of value");
});

test.each(["{}", "[]", ' {"a":[1,-0.5e+3,"\\u00e9",true,false,null]} ', "0"])("%s is fine", (text) => {
  expect(goJsonError(text)).toBeUndefined();
});
