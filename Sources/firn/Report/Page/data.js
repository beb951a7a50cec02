"use strict";

// The data of the page, block by block: each is parsed when it is first looked at.
const data = {
  blocks: new Map(),

  block(id) {
    if (!this.blocks.has(id)) {
      this.blocks.set(id, JSON.parse(document.getElementById(id).textContent));
    }
    return this.blocks.get(id);
  },

  get page() {
    return this.block("page");
  },

  list(set) {
    return this.block(`set-${set}`);
  },

  passage(row) {
    const size = this.page.passagesInBlock;
    const [id, title, text] = this.block(`passages-${Math.floor(row / size)}`)[row % size];
    return { id, title, text };
  },

  outcome(set, system, question) {
    return Number(this.list(set).outcomes[system][question]);
  },

  // All that is known of one question.
  question(set, index) {
    const size = this.page.questionsInBlock;
    const block = this.block(`details-${set}-${Math.floor(index / size)}`);
    const place = index % size;
    const list = this.list(set);
    return {
      id: list.ids[index],
      text: list.questions[index],
      golds: block.answers[place],
      system: (system) => {
        const [confidence, f1, packed, evidence] = block.systems[system][place];
        const outcome = this.page.outcomes[this.outcome(set, system, index)];
        const prediction = list.predictions[system][index];
        return { prediction, outcome, confidence, f1, packed: new Set(packed), evidence };
      },
      run: (run) => {
        const [count, firstHit, rows, ranks, scores, hits] = block.runs[run][place];
        const entries = rows.map((row, at) => {
          return { ...this.passage(row), rank: ranks[at], score: scores[at], isHit: hits[at] === "1" };
        });
        return { count, firstHit, entries };
      },
    };
  },
};

// An element with a class, attributes and content. Texts become text nodes, never markup.
function element(name, className, ...content) {
  const result = document.createElement(name);
  if (className) result.className = className;
  result.append(...content.filter((part) => part !== null));
  return result;
}

// A text of the data, whose direction of writing must not touch what stands around it.
function foreign(name, className, ...content) {
  const result = element(name, className, ...content);
  result.dir = "auto";
  return result;
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;
const counted = (count) => count.toLocaleString("en");
