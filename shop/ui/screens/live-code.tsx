/** For who scanned a code that changes and cannot go in yet: she will need the next one. */

import { hasLiveCode } from "../place.ts";
import { text } from "../texts.ts";

export function LiveCodeLater() {
  return hasLiveCode() ? <p class="note">{text("live_code_later")}</p> : null;
}
