/** While the server is away for a moment the page says so calmly and asks again by itself. */

import { away } from "./http.ts";
import { shared } from "./texts.ts";

export function AwayNote() {
  return (
    <div role="status" class="container">
      {away.value && (
        <p class="note away" aria-busy="true">
          <strong>{shared("away")}</strong> {shared("away_repeats")}
        </p>
      )}
    </div>
  );
}
