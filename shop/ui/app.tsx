/** Chooses the screen and frames it: top bar, main part, news for screen readers. */

import { useEffect } from "preact/hooks";
import { customer, recognise, signOut } from "./session.ts";
import { place } from "./place.ts";
import { CardReturn } from "./screens/card-return.tsx";
import { Home } from "./screens/home.tsx";
import { SignIn } from "./screens/sign-in.tsx";
import { VisitScreen } from "./screens/visit.tsx";
import { useAction } from "./shared/action.ts";
import { Announcer } from "./shared/announce.tsx";
import { AwayNote } from "./shared/away.tsx";
import { LanguageSwitch, Loading } from "./shared/controls.tsx";
import { language } from "./shared/i18n.ts";
import { RefusalNote } from "./shared/refusal.tsx";
import { shared } from "./shared/texts.ts";
import { text } from "./texts.ts";
import { visit } from "./visit.ts";

export function App() {
  const start = useAction(async () => {
    await recognise();
    customer.value ??= null;
  });
  useEffect(() => void start.run(), []);
  useEffect(() => {
    document.title = text("app");
  }, [language.value]);

  return (
    <>
      <TopBar />
      <AwayNote />
      <main id="content" class="container" data-state={stateName()}>
        <RefusalNote refusal={start.refusal.value} />
        <Screen />
      </main>
      <Announcer />
    </>
  );
}

function Screen() {
  const who = customer.value;
  if (who === undefined) return <Loading />;
  if (who === null) return <SignIn />;
  const { visit: visitId, card } = place.value;
  if (visitId) return <VisitScreen key={visitId} id={visitId} />;
  if (card) return <CardReturn key={card} id={card} />;
  return <Home who={who} />;
}

/** What tests and style sheets may ask: the visit's state, or where else the shopper is. */
function stateName(): string {
  const who = customer.value;
  if (who === undefined) return "loading";
  if (who === null) return "signed_out";
  if (place.value.visit) return visit.value?.state ?? "loading";
  return place.value.card ? "card" : "home";
}

function TopBar() {
  const leaving = useAction(signOut);
  return (
    <header class="container top-bar">
      <strong>{text("app")}</strong>
      <nav aria-label={text("app")}>
        <LanguageSwitch />
        {customer.value && (
          <button type="button" class="plain" onClick={() => void leaving.run()}>
            {shared("sign_out")}
          </button>
        )}
      </nav>
      <RefusalNote refusal={leaving.refusal.value} />
    </header>
  );
}
