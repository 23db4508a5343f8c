// @ts-check
// Amounts as people write them here, in whole cents: never floats.

export const french = document.documentElement.lang !== "en";

/**
 * A number as people type it; null for what is none, undefined for nothing.
 * @param {string} text
 * @returns {{ units: bigint, places: number } | null | undefined} its value is units / 10 ** places
 */
export function decimal(text) {
  let clean = text.replace(/[\s'’€%]/g, "").replace("−", "-");
  if (!clean) return undefined;
  const comma = clean.lastIndexOf(",");
  const point = clean.lastIndexOf(".");
  if (comma >= 0 && point >= 0) clean = clean.replaceAll(comma > point ? "." : ",", "");
  const match = /^(-?)(\d{1,13})(?:[.,](\d{1,6}))?$/.exec(clean);
  if (!match) return null;
  const fraction = match[3] ?? "";
  const units = BigInt(match[2] + fraction);
  return { units: match[1] ? -units : units, places: fraction.length };
}

/**
 * Cents of an amount; null for what is no amount of whole cents, undefined for nothing.
 * @param {string} text
 * @returns {bigint | null | undefined}
 */
export function cents(text) {
  const number = decimal(text);
  if (!number) return number;
  if (number.places > 2) return null;
  return number.units * 10n ** BigInt(2 - number.places);
}

/** Cents as one writes them here. @param {bigint} value */
export function written(value) {
  const size = value < 0n ? -value : value;
  const whole = String(size / 100n).replace(/\B(?=(\d{3})+$)/g, french ? "\u202f" : ",");
  return `${value < 0n ? "-" : ""}${whole}${french ? "," : "."}${String(size % 100n).padStart(2, "0")}`;
}

/** Cents on the wire: a dot and two places. @param {bigint} value */
export function plain(value) {
  const size = value < 0n ? -value : value;
  return `${value < 0n ? "-" : ""}${size / 100n}.${String(size % 100n).padStart(2, "0")}`;
}

/** `a / b`, half away from nought. @param {bigint} a @param {bigint} b */
export function rounded(a, b) {
  const half = (a < 0n) === (b < 0n) ? b / 2n : -(b / 2n);
  return (a + half) / b;
}
