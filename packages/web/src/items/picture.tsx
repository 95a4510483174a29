/** An image that was sent along with words: small in its place, whole in a dialog. */
import { useQuery } from "@tanstack/react-query";
import { type Image, imageTypeSchema } from "@tutti/core";
import { useState } from "react";
import { useClient } from "../connection/use-connection.ts";
import { Dialog } from "../design/dialog.tsx";

const names = { "image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WebP" } as const;

export function Picture({ image, number }: { image: Image; number: number }) {
  const client = useClient();
  const [isOpen, setOpen] = useState(false);
  const { data, isError } = useQuery({
    queryKey: ["image", image.id],
    queryFn: () => client.image(image.id),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const name = `Image ${number}, ${names[image.type]}`;
  const url = data && `data:${imageTypeSchema.parse(data.type)};base64,${data.data}`;
  return (
    <>
      <button
        type="button"
        className="picture"
        aria-label={`${name}, larger`}
        disabled={!url}
        onClick={() => setOpen(true)}
      >
        {url && <img src={url} alt={name} />}
        {isError && <span className="text-12 text-text-3">not there</span>}
      </button>
      {isOpen && url && (
        <Dialog title={name} onClose={() => setOpen(false)} className="!w-auto !max-w-[calc(100vw-32px)]">
          <img src={url} alt={name} className="max-h-[calc(100dvh-160px)] max-w-full" />
          <div className="dialog-buttons">
            <button type="button" className="btn" data-autofocus onClick={() => setOpen(false)}>
              Close
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

export function Pictures({ images }: { images: readonly Image[] }) {
  if (images.length === 0) return null;
  return (
    <div className="pictures">
      {images.map((image, index) => (
        <Picture key={image.id} image={image} number={index + 1} />
      ))}
    </div>
  );
}
