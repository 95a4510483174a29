import {
  type HarnessChoice,
  type HarnessDescriptor,
  type Route,
  type Vendor,
  vendorOfModel,
} from "@tutti/core";

/** What is known of a route before and while it serves. */
export interface ServedBy {
  descriptor: Pick<HarnessDescriptor, "vendor">;
  choice: Pick<HarnessChoice, "provider">;
  route: Route;
  /** The served model's id; null while it is unknown. */
  model: string | null;
}

/**
 * The vendor of what a route serves, from data alone; null when nobody can say.
 * A model's id is believed only on a vendor's own route, or where the agent file says `by-model`: behind any other address
 * an id may stand for anything.
 */
export function servedVendor({ descriptor, choice, route, model }: ServedBy): Vendor | null {
  switch (route) {
    case "own":
      return descriptor.vendor ?? (model === null ? null : (vendorOfModel(model) ?? null));
    case "provider": {
      const declared = choice.provider?.vendor;
      if (declared === "by-model") return model === null ? null : (vendorOfModel(model) ?? null);
      return declared ?? null;
    }
    case "redirected":
      return null;
  }
}
