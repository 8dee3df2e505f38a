/** What time it is at the shop: a phone's own clock may be hours wrong, or be set right while we look. */

/** How far the server's clock was ahead of this one, when it last answered. */
let aheadMs = 0;

/** The `Date` header of an answer (RFC 9110 6.6.1), true to the second. */
export function hear(date: string | null): void {
  const told = date === null ? Number.NaN : Date.parse(date);
  if (!Number.isNaN(told)) aheadMs = told - Date.now();
}

export const now = (): Date => new Date(Date.now() + aheadMs);
