/** Chooses the screen and frames it: top bar, main part, news for screen readers. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { accountText } from "./account-texts.ts";
import type { Customer } from "./api.ts";
import { customer, recognise, signOut } from "./session.ts";
import { linkTo, place, stateName } from "./place.ts";
import type { ScreenName } from "./routes.ts";
import { Account } from "./screens/account.tsx";
import { CardReturn } from "./screens/card-return.tsx";
import { HelpScreen } from "./screens/emergency.tsx";
import { Home } from "./screens/home.tsx";
import { LegalLinks, LegalScreen } from "./screens/legal.tsx";
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
      <main id="content" class="container" data-screen={screenName()} data-state={stateName.value}>
        <RefusalNote refusal={start.refusal.value} />
        <Screen />
      </main>
      <LegalLinks />
      <Announcer />
    </>
  );
}

type Drawn<Shown> = (shown: Shown) => ComponentChildren;
type OpenToAll = "sign_in" | "help" | "page";

const OPEN_TO_ALL: Record<OpenToAll, Drawn<{ id: string }>> = {
  sign_in: () => <SignIn />,
  help: () => <HelpScreen />,
  page: ({ id }) => <LegalScreen key={id} kind={id} />,
};

const HERS: Record<Exclude<ScreenName, OpenToAll>, Drawn<{ id: string; who: Customer }>> = {
  home: ({ who }) => <Home who={who} />,
  visit: ({ id }) => <VisitScreen key={id} id={id} />,
  card: ({ id }) => <CardReturn key={id} id={id} />,
  account: ({ who }) => <Account who={who} />,
};

const isOpenToAll = (screen: ScreenName): screen is OpenToAll => screen in OPEN_TO_ALL;

function Screen() {
  const who = customer.value;
  const screen = screenName();
  const { id } = place.value;
  if (isOpenToAll(screen)) return OPEN_TO_ALL[screen]({ id });
  return who ? HERS[screen]({ id, who }) : <Loading />;
}

/** Who is not signed in signs in, wherever she wanted to go but to what is open to all. */
function screenName(): ScreenName {
  const { screen } = place.value;
  if (screen === "sign_in") return customer.value === null ? "sign_in" : "home";
  return customer.value === null && !isOpenToAll(screen) ? "sign_in" : screen;
}

function TopBar() {
  const leaving = useAction(signOut);
  return (
    <header class="container top-bar">
      <a class="brand" {...linkTo("home")}>
        {text("app")}
      </a>
      <nav aria-label={text("app")}>
        <LanguageSwitch />
        <a {...linkTo("help")}>{text("help")}</a>
        {customer.value && (
          <>
            <a {...linkTo("account")}>{accountText("account")}</a>
            <button type="button" class="plain" onClick={() => void leaving.run()}>
              {shared("sign_out")}
            </button>
          </>
        )}
      </nav>
      <RefusalNote refusal={leaving.refusal.value} />
    </header>
  );
}
