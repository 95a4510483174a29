/** Programs that destroy files and disks. */
import { asks, type Destroys, destroysPlaces, has, hasLetter, operands } from "./destruction.ts";

const narrows = /^-(i?name|i?path|i?regex|i?wholename|newer\w*|[acm]min|[acm]time|size|empty|perm|user)$/;

const remove: Destroys = (call) => {
  const tree = hasLetter(call.texts, "rR") || has(call.texts, "--recursive");
  const certain = tree || hasLetter(call.texts, "f") || has(call.texts, "--force");
  const words = operands(call.args).filter((word) => certain || word.exact);
  return destroysPlaces(call, words, "deletes", tree);
};

const changeMode: Destroys = (call) => {
  if (!hasLetter(call.texts, "R") && !has(call.texts, "--recursive")) return undefined;
  const words = operands(call.args);
  return destroysPlaces(
    call,
    has(call.texts, "--reference") ? words : words.slice(1),
    "changes who may use",
    true,
  );
};

const find: Destroys = (call) => {
  if (!has(call.texts, "-delete")) return undefined;
  const first = call.args.findIndex(({ text }) => /^[-(!]/.test(text) && !/^-([HLP]|O\d)$/.test(text));
  const roots = call.args.slice(0, Math.max(0, first)).filter(({ text }) => !text.startsWith("-"));
  const places = roots.length > 0 ? roots : [{ text: ".", exact: true }];
  const narrow = call.texts.some((text, index) => narrows.test(text) && call.texts[index + 1] !== "*");
  return destroysPlaces(
    call,
    places.map((word) => (narrow ? { ...word, text: `${word.text.replace(/\/+$/, "")}/**` } : word)),
    "deletes",
    !narrow,
  );
};

const always =
  (says: string): Destroys =>
  () =>
    asks(says);

const wipes = always("It destroys what is on a disk.");

const move: Destroys = (call) => {
  const words = operands(call.args);
  const sources = has(call.texts, "-t", "--target-directory") ? words : words.slice(0, -1);
  return destroysPlaces(
    call,
    sources.filter(({ exact }) => exact),
    "moves away",
    true,
  );
};

export const fileDestroyers: Readonly<Record<string, Destroys>> = {
  rm: remove,
  grm: remove,
  unlink: remove,
  srm: remove,
  find,
  gfind: find,
  mv: move,
  chmod: changeMode,
  chown: changeMode,
  chgrp: changeMode,
  setfacl: changeMode,
  chattr: changeMode,
  shred: always("It overwrites files so that nobody can bring them back."),
  wipefs: wipes,
  blkdiscard: wipes,
  fdisk: ({ texts }) => (hasLetter(texts, "l") ? undefined : asks("It destroys what is on a disk.")),
  sfdisk: wipes,
  gdisk: wipes,
  sgdisk: wipes,
  parted: wipes,
  diskutil: ({ texts }) =>
    /^(erase|partition|zero|secureErase|apfs|unmount)/i.test(texts[0] ?? "")
      ? asks("It destroys what is on a disk.")
      : undefined,
  cryptsetup: ({ texts }) =>
    /^(luksFormat|erase|luksErase|luksKillSlot|reencrypt)$/.test(texts[0] ?? "")
      ? asks("It destroys what is on a disk.")
      : undefined,
  lvremove: wipes,
  vgremove: wipes,
  pvremove: wipes,
  mkswap: wipes,
  zpool: ({ texts }) =>
    /^(destroy|labelclear)$/.test(texts[0] ?? "") ? asks("It destroys what is on disks.") : undefined,
  zfs: ({ texts }) =>
    /^(destroy|rollback)$/.test(texts[0] ?? "") ? asks("It destroys what is on disks.") : undefined,
  btrfs: ({ texts }) =>
    texts[0] === "subvolume" && texts[1] === "delete" ? asks("It destroys what is on a disk.") : undefined,
  rsync: (call) => {
    if (!call.texts.some((text) => /^--(delete|remove-source-files)/.test(text))) return undefined;
    const target = operands(call.args).at(-1);
    if (!target) return undefined;
    if (/^[^/]+:/.test(target.text))
      return asks(`It deletes files on ${target.text.split(":")[0]} that are not here.`);
    return destroysPlaces(call, [target], "deletes what is not in the source from", true);
  },
};
