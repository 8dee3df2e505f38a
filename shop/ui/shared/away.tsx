/** While the server is away for a moment the page says so calmly and asks again by itself; without a line
 *  it says what can be done all the same. */

import { away, reachable } from "./http.ts";
import { shared } from "./texts.ts";

export function AwayNote() {
  return (
    <div role="status" class="container">
      {away.value && (
        <p class="note away" aria-busy="true">
          <strong>{shared("away")}</strong> {shared("away_repeats")}
        </p>
      )}
      {!away.value && !reachable.value && (
        <p class="note away">
          <strong>{shared("offline")}</strong> {shared("offline_means")}
        </p>
      )}
    </div>
  );
}
