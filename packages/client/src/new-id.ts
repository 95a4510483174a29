/** A new id: the prefix, a dash and a random part. Lower case, as core's ids are; the prefix has at most 40 characters. */
export const newId = (prefix: string): string => `${prefix}-${crypto.randomUUID()}`;
