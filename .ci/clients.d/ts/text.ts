export function text(value: unknown): string {
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  return value === undefined ? "undefined" : String(value).replace(".000Z", "Z");
}
export const day = (value: Date | null | undefined) => (value ? value.toISOString().slice(0, 10) : value);
