"use strict";

// The data of the page, block by block: each is unpacked when it is first asked for.
const data = {
  blocks: new Map(),

  block(id) {
    if (!this.blocks.has(id)) this.blocks.set(id, this.unpack(id));
    return this.blocks.get(id);
  },

  async unpack(id) {
    const { value } = await this.element(id);
    const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  },

  // The element of a block, which stands behind this script and may not be there yet.
  async element(id) {
    if (!document.getElementById(id) && document.readyState === "loading") {
      await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
    }
    return document.getElementById(id);
  },

  // What must be there before anything is shown.
  async begin() {
    this.page = await this.block("page");
    this.lists = [];
  },

  // What the list of a set of questions shows; from then on it is at hand in `lists`.
  async list(set) {
    this.lists[set] = await this.block(`set-${set}`);
  },

  outcome(set, system, question) {
    return Number(this.lists[set].outcomes[system][question]);
  },

  // All that is known of one question, but for the texts of passages.
  async question(set, index) {
    const size = this.page.questionsInBlock;
    const block = await this.block(`details-${set}-${Math.floor(index / size)}`);
    const place = index % size;
    const list = this.lists[set];
    const system = (system) => {
      const [confidence, f1, packed, evidence] = block.systems[system][place];
      const outcome = this.page.outcomes[this.outcome(set, system, index)];
      const prediction = list.predictions[system][index];
      return { prediction, outcome, confidence, f1, packed: new Set(packed), evidence };
    };
    const runs = await Promise.all(block.runs.map((run) => this.ranking(run[place])));
    return {
      id: list.ids[index], text: list.questions[index], golds: block.answers[place], system, runs,
    };
  },

  async ranking([count, firstHit, places, ranks, scores, hits]) {
    const size = this.page.titlesInBlock;
    const entries = places.map(async (place, at) => {
      const titles = await this.block(`titles-${Math.floor(place / size)}`);
      const [id, title] = titles[place % size];
      return { place, id, title, rank: ranks[at], score: scores[at], isHit: hits[at] === "1" };
    });
    return { count, firstHit, entries: await Promise.all(entries) };
  },

  async text(place) {
    const size = this.page.textsInBlock;
    return (await this.block(`texts-${Math.floor(place / size)}`))[place % size];
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
