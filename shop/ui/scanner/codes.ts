/** What a code in front of the camera says to us, and whether it is a new one. */

export interface DoorCode {
  door: string;
  /** The store's slug, where the code names it. */
  store: string | null;
}

/** What leads to a door of this shop; null for somebody else's address and for what is none. */
export function doorIn(code: string, origin: string): DoorCode | null {
  const address = addressIn(code);
  const door = address?.searchParams.get("door");
  if (!address || address.origin !== origin || !door) return null;
  return { door, store: address.searchParams.get("store") };
}

function addressIn(code: string): URL | null {
  try {
    return new URL(code);
  } catch {
    return null;
  }
}

/** EAN, UPC and ITF are digits; the reader has checked the last of them. */
export const gtinIn = (code: string): string | null => (/^\d{8,14}$/.test(code) ? code : null);

const GONE_AFTER_MS = 2_000;

/** One thing held before the camera is one sighting, for as long as it is not out of sight for a while. */
export class Sightings {
  private readonly last = new Map<string, number>();

  isNew(code: string, now: number): boolean {
    const before = this.last.get(code);
    this.last.set(code, now);
    return before === undefined || now - before >= GONE_AFTER_MS;
  }
}
