// What is wrong with any cluster, beside what the others say.
import { h, keyed, setAttribute, setContent, setText } from "../elements/dom.js";
import { sentenceOf, statusOf } from "./look-text.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";

export class Notices {
  element = h("div", { class: "notices" });
  #app;

  constructor(app) {
    this.#app = app;
  }

  /** @param {string} [alias]  of this cluster alone */
  update(alias) {
    const looks = this.#app.live.looks.filter(
      (look) => (alias ?? look.cluster.alias) === look.cluster.alias && statusOf(look) !== "sure",
    );
    keyed(
      this.element,
      looks,
      ({ cluster }) => cluster.alias,
      (look) => this.#make(look),
      (notice, look) => show(notice, look, alias !== undefined),
    );
  }

  #make({ cluster: { alias } }) {
    const parts = { text: h("p", {}), detail: h("div", { class: "detail" }), ways: h("div", { class: "ways" }) };
    const again = h("button", { type: "button", class: "small" }, texts.look.again);
    again.addEventListener("click", () => this.#app.live.again(alias));
    parts.again = again;
    const notice = h(
      "section",
      { class: "notice", "aria-label": alias },
      h("h2", {}, alias),
      Object.values(parts).slice(0, 3),
    );
    return Object.assign(notice, { parts });
  }
}

function show(notice, look, isHere) {
  const { text, detail, ways, again } = notice.parts;
  const { error, trouble, cluster } = look;
  const status = statusOf(look);
  setAttribute(notice, "data-look", status);
  setText(text, sentenceOf(look));
  const details = status === "refused" ? [error.hint] : error ? [error.message, error.hint] : [trouble];
  setContent(detail, details, () => details.filter(Boolean).map((line) => h("p", {}, cluster.named(line))));
  const wantsToken = status === "refused" && !cluster.tokenAdded && !isHere;
  setContent(ways, [status !== "first", wantsToken], () => [
    wantsToken && h("a", { class: "button small", href: hrefOf(cluster.alias) }, texts.token.give),
    status !== "first" && again,
  ]);
}
