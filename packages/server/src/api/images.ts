import { imageBytes } from "@tutti/core";
import type { Images } from "../images/images.ts";
import type { Endpoints } from "./endpoint.ts";
import { problem } from "./problem.ts";

export function imageEndpoints({ images }: { images: Images }): Pick<Endpoints, "imageStore" | "image"> {
  return {
    async imageStore({ body: { data } }) {
      const bytes = Buffer.from(data, "base64");
      if (bytes.length > imageBytes)
        return problem("too-large", `an image has at most ${imageBytes} bytes`, { field: "data" });
      const image = await images.store(bytes);
      return (
        image ??
        problem("invalid", "this is no PNG, JPEG, GIF or WebP image: send one of those", { field: "data" })
      );
    },
    async image({ params: { id } }) {
      return (await images.read(id)) ?? problem("unknown-image", `there is no image ${id}`, { field: "id" });
    },
  };
}
