/** "I did not take this": what follows is told before, and it can be taken back while the visit lasts. */

import { useSignal } from "@preact/signals";
import type { BasketLine } from "../api.ts";
import { basketText } from "../basket-texts.ts";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { correct } from "../visit.ts";
import { Why } from "./evidence.tsx";

interface Props {
  visitId: string;
  line: BasketLine;
}

export const isBelowShelf = (line: BasketLine): boolean => line.quantity < line.sensed;
/** Only what a shelf saw can be somebody else's; what she scanned she counts herself. */
const canBeOthers = (line: BasketLine): boolean =>
  line.sensed > line.scanned && line.quantity > line.scanned;

/** One button for saying it and for taking it back, so that the focus stays where it was. */
export function NotMine({ visitId, line }: Props) {
  const asking = useSignal(false);
  const asSeen = Math.max(line.sensed, line.scanned);
  const undoing = useAction(() => correct(visitId, line.sku, asSeen));
  const below = isBelowShelf(line);
  const name = say(line.name);
  if (!below && !canBeOthers(line)) return null;
  const press = () => {
    if (below) void undoing.run();
    else asking.value = true;
  };
  return (
    <>
      <button
        type="button"
        class="plain"
        aria-label={below ? basketText("mine_title", { n: asSeen, name }) : basketText("not_mine_title", { name })}
        aria-disabled={undoing.busy.value}
        onClick={press}
      >
        {below ? basketText("mine", { n: asSeen }) : basketText("not_mine")}
      </button>
      <RefusalNote refusal={undoing.refusal.value} />
      {asking.value && <Ask visitId={visitId} line={line} onClose={() => (asking.value = false)} />}
    </>
  );
}

function Ask({ visitId, line, onClose }: Props & { onClose: () => void }) {
  const saying = useAction(async () => {
    await correct(visitId, line.sku, line.scanned);
    onClose();
  });
  const each = line.unit_price_cents + line.unit_deposit_cents;
  const amount = euros((line.quantity - line.scanned) * each, language.value);
  const { sensed, scanned } = line;
  return (
    <Dialog title={basketText("not_mine_title", { name: say(line.name) })} onClose={onClose}>
      <p>{basketText(scanned > 0 ? "not_mine_saw" : "not_mine_saw_alone", { sensed, scanned })}</p>
      <Why visitId={visitId} line={line} />
      <p>{basketText("not_mine_does", { scanned, amount })}</p>
      <p>{basketText("not_mine_then")}</p>
      <p>{basketText("not_mine_undo")}</p>
      <RefusalNote refusal={saying.refusal.value} />
      <BusyButton busy={saying.busy} onClick={saying.run}>
        {basketText("not_mine_yes")}
      </BusyButton>
    </Dialog>
  );
}
