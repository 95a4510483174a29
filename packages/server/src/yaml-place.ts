import { type Document, isMap, isScalar, type Node } from "yaml";

/** Where a path's last step that is there begins, in characters from the file's start: its key in a map, its value in a list. */
export function offsetOf(document: Document, where: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const [index, step] of where.entries()) {
    const key = isMap(node)
      ? node.items.map((pair) => pair.key).find((one) => isScalar(one) && String(one.value) === String(step))
      : undefined;
    node = document.getIn(where.slice(0, index + 1), true);
    const start = rangeStart(key ?? node);
    if (start === undefined) break;
    offset = start;
  }
  return offset;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "range" in value;
const rangeStart = (value: unknown): number | undefined => (isNode(value) ? value.range?.[0] : undefined);
