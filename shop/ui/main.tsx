/** Starts the shopper page. */

import "./style.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { arrive } from "./place.ts";

arrive();
const root = document.getElementById("app");
if (root) render(<App />, root);
