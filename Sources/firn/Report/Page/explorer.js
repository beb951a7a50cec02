"use strict";

// The list of questions: filters, pages, and the question that is open.
const explorer = {
  pageSize: 25,
  found: [],
  first: 0,
  set: 0,
  open: null,
  fields: Object.fromEntries(
    ["set", "system", "other", "show", "search", "explanation", "count", "previous", "next", "list",
      "question"].map((id) => [id, document.getElementById(id)])),

  // In small letters what a search looks through; made when somebody first searches.
  texts: null,

  get systems() {
    const other = this.fields.other.value;
    return [Number(this.fields.system.value), ...(other === "" ? [] : [Number(other)])];
  },

  async begin() {
    await data.begin();
    const { set, system, other, show, search, previous, next, list } = this.fields;
    options(set, data.page.sets.map((entry, at) => [at, entry.name]));
    document.querySelector(".set-control").hidden = data.page.sets.length === 1;
    const form = document.querySelector(".controls");
    form.addEventListener("submit", (event) => event.preventDefault());
    set.addEventListener("change", () => this.chooseSet());
    for (const field of [system, other]) field.addEventListener("change", () => this.chooseSystems());
    show.addEventListener("change", () => this.filter());
    search.addEventListener("input", () => this.filter());
    previous.addEventListener("click", () => this.turn(-this.pageSize));
    next.addEventListener("click", () => this.turn(this.pageSize));
    list.addEventListener("keydown", (event) => this.move(event));
    window.addEventListener("hashchange", () => this.follow());
    await this.chooseSet();
    form.hidden = false;
    document.querySelector(".pager").hidden = false;
    this.follow();
  },

  async chooseSet() {
    const { value } = this.fields.set;
    await data.list(value);
    if (value !== this.fields.set.value) return;
    this.set = Number(value);
    const names = data.page.sets[this.set].systems.map((name, at) => [at, name]);
    const { system, other } = this.fields;
    options(system, names);
    options(other, [["", "none"], ...names]);
    other.closest("label").hidden = names.length === 1;
    this.texts = null;
    this.open = null;
    this.chooseSystems();
  },

  chooseSystems() {
    const before = this.fields.show.value;
    const choices = [["all", "all questions"], ["wrong", "all wrong answers"]];
    const outcomes = data.lists[this.set].outcomes[this.systems[0]];
    data.page.outcomes.forEach((outcome, at) => {
      const count = outcomes.split(String(at)).length - 1;
      if (count > 0) choices.push([`outcome-${at}`, `${outcome.title.toLowerCase()} (${counted(count)})`]);
    });
    if (this.systems.length > 1) {
      choices.push(["part", "the two part: right or wrong"], ["better", "only the first is right"],
        ["worse", "only the second is right"], ["differ", "the two give other answers"]);
    }
    options(this.fields.show, choices);
    if (choices.some(([value]) => value === before)) this.fields.show.value = before;
    const open = this.open;
    this.filter();
    if (open === this.open) this.draw();
  },

  // Whether a question is among those that are asked for.
  passes(index, show) {
    const [mine, other] = this.systems.map((system) => data.outcome(this.set, system, index) === 0);
    switch (show) {
      case "all": return true;
      case "wrong": return !mine;
      case "part": return mine !== other;
      case "better": return mine && !other;
      case "worse": return !mine && other;
      case "differ": {
        const [first, second] = this.systems.map((s) => data.lists[this.set].predictions[s][index]);
        return first !== second;
      }
      default: return `outcome-${data.outcome(this.set, this.systems[0], index)}` === show;
    }
  },

  // Whether a question, its id or an answer to it holds the words.
  holds(index, words) {
    if (words === "") return true;
    const list = data.lists[this.set];
    this.texts ??= list.questions.map((text, at) => {
      return [text, list.ids[at], ...list.predictions.map((all) => all[at])].join("\n").toLowerCase();
    });
    return this.texts[index].includes(words);
  },

  filter() {
    const words = this.fields.search.value.toLowerCase().trim();
    const show = this.fields.show.value;
    const match = show.match(/^outcome-(\d)$/);
    this.fields.explanation.textContent = match ? data.page.outcomes[match[1]].explanation : "";
    this.found = data.lists[this.set].ids.flatMap((_, index) => {
      return this.passes(index, show) && this.holds(index, words) ? [index] : [];
    });
    this.first = 0;
    this.list();
    if (this.found.length > 0 && !this.found.includes(this.open)) this.choose(this.found[0]);
  },

  turn(step) {
    this.first = Math.max(0, Math.min(this.first + step, this.found.length - 1));
    this.list();
  },

  list() {
    const { list, count, previous, next } = this.fields;
    const shown = this.found.slice(this.first, this.first + this.pageSize);
    list.replaceChildren(...shown.map((index) => this.item(index)));
    const all = data.lists[this.set].ids.length;
    const few = this.found.length < all ? `${counted(this.found.length)} of ` : "";
    const span = `${counted(this.first + 1)}–${counted(this.first + shown.length)} of `;
    count.textContent = `${this.found.length > this.pageSize ? span : ""}${few}${counted(all)} questions`;
    previous.disabled = this.first === 0;
    next.disabled = this.first + this.pageSize >= this.found.length;
    for (const button of [previous, next]) button.hidden = this.found.length <= this.pageSize;
  },

  item(index) {
    const list = data.lists[this.set];
    const verdicts = this.systems.map((system) => {
      const outcome = data.page.outcomes[data.outcome(this.set, system, index)];
      const prediction = list.predictions[system][index];
      return element("span", "verdict", element("span", `key ${outcome.name}`),
        `${outcome.title}: `, foreign("span", "", prediction === "" ? "no answer given" : prediction));
    });
    const button = element("button", "", foreign("span", "asked", list.questions[index]), ...verdicts);
    button.type = "button";
    button.dataset.index = index;
    button.setAttribute("aria-current", String(index === this.open));
    button.addEventListener("click", () => {
      this.choose(index, true);
      if (this.fields.question.getBoundingClientRect().top > window.innerHeight * 0.8
        || window.matchMedia("(max-width: 56rem)").matches) this.fields.question.scrollIntoView();
      this.fields.question.focus({ preventScroll: true });
    });
    return element("li", "", button);
  },

  choose(index, isAsked = false) {
    this.open = index;
    for (const button of this.fields.list.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(Number(button.dataset.index) === index));
    }
    this.draw();
    if (isAsked) {
      document.querySelector(".explorer").classList.add("chosen");
      const id = encodeURIComponent(data.lists[this.set].ids[index]);
      history.replaceState(null, "", `#question=${this.set}:${id}`);
    }
  },

  async draw() {
    const { set, open, systems } = this;
    if (open === null) return;
    const question = await data.question(set, open);
    const isStill = set === this.set && open === this.open;
    if (!isStill || String(systems) !== String(this.systems)) return;
    const back = element("button", "back", "Back to the list");
    back.type = "button";
    back.addEventListener("click", () => {
      const current = this.fields.list.querySelector("[aria-current=true]");
      (current ?? this.fields.search).focus();
    });
    this.fields.question.replaceChildren(back, ...questionParts(question, set, systems));
  },

  // Arrow keys go up and down the list.
  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...this.fields.list.querySelectorAll("button")];
    const target = buttons[buttons.indexOf(document.activeElement) + step];
    if (target) target.focus();
    event.preventDefault();
  },

  // Opens the question that the page's address names.
  async follow() {
    const match = location.hash.match(/^#question=(\d+):(.*)$/);
    if (match === null || !data.page.sets[match[1]]) return;
    if (Number(match[1]) !== this.set) {
      this.fields.set.value = match[1];
      await this.chooseSet();
    }
    const index = data.lists[this.set].ids.findIndex((id) => encodeURIComponent(id) === match[2]);
    if (index < 0) return;
    this.choose(index, true);
    this.fields.question.scrollIntoView();
  },
};

function options(select, choices) {
  select.replaceChildren(...choices.map(([value, text]) => {
    const option = element("option", "", text);
    option.value = value;
    return option;
  }));
}

if ("DecompressionStream" in window) {
  explorer.begin();
} else {
  explorer.fields.explanation.textContent = "This browser is too old to unpack the questions.";
}
