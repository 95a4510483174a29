/** A path cut in its middle to so many characters; the file's name stays whole as long as it fits. Pure. */
export function cutPath(path: string, most: number): string {
  if (path.length <= most) return path;
  const name = path.split("/").at(-1) ?? path;
  if (name.length + 2 >= most) return `…${name.slice(1 - most)}`;
  const room = most - name.length - 2;
  return `${path.slice(0, room)}…/${name}`;
}
