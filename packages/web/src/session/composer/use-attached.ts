/** Images that a person puts beside what they write. Each is stored at once, so that sending takes words alone. */
import { type Image, imageBytes, imagesSchema, imageTypeSchema } from "@tutti/core";
import { useRef, useState } from "react";
import { useClient } from "../../connection/use-connection.ts";
import { troubleWords } from "../../design/screen-states.tsx";

export interface Attached {
  key: string;
  name: string;
  /** Its content, as an address. */
  url: string;
  /** Undefined until it is stored. */
  image: Image | undefined;
}

export interface AttachedImages {
  list: readonly Attached[];
  /** What is stored of them. */
  images: readonly Image[];
  /** Whether one is still on its way. */
  isStoring: boolean;
  /** Takes those of the files that are images; answers what is wrong with others, in words. */
  add(files: readonly File[]): Promise<string | undefined>;
  remove(key: string): void;
  /** Takes what is stored already, such as words that waited. */
  put(images: readonly Image[]): void;
}

const most = 8;
const megabytes = imageBytes / 1024 / 1024;

export function useAttached(): AttachedImages {
  const client = useClient();
  const [list, setList] = useState<readonly Attached[]>([]);
  const count = useRef(0);
  const keyOf = () => `image ${++count.current}`;

  async function store(file: File): Promise<string | undefined> {
    if (!imageTypeSchema.safeParse(file.type).success)
      return `${file.name} is no PNG, JPEG, GIF or WebP image.`;
    if (file.size > imageBytes) return `${file.name} is larger than ${megabytes} MB.`;
    const key = keyOf();
    try {
      const url = await addressOf(file);
      setList((before) => [...before, { key, name: file.name, url, image: undefined }]);
      const image = await client.storeImage(url.slice(url.indexOf(",") + 1));
      setList((before) => before.map((one) => (one.key === key ? { ...one, image } : one)));
      return undefined;
    } catch (error) {
      setList((before) => before.filter((one) => one.key !== key));
      return `${file.name} was not taken: ${troubleWords(error)}`;
    }
  }

  return {
    list,
    images: list.flatMap(({ image }) => image ?? []),
    isStoring: list.some(({ image }) => image === undefined),
    async add(files) {
      const room = most - list.length;
      const troubles = await Promise.all(files.slice(0, room).map(store));
      if (files.length > room) troubles.push(`At most ${most} images go along with one message.`);
      return troubles.find((trouble) => trouble !== undefined);
    },
    remove: (key) => setList((before) => before.filter((one) => one.key !== key)),
    put(images) {
      const stored = imagesSchema.safeParse(images).data ?? [];
      setList(stored.map((image) => ({ key: keyOf(), name: "Image", url: "", image })));
    },
  };
}

const addressOf = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
