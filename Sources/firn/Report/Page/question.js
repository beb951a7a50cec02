"use strict";

// One question: what was asked, what each system said, and what it had to read.
function questionParts(question, set, systems) {
  const info = data.page.sets[set];
  const answers = systems.map((system) => {
    return { name: info.systems[system], run: info.runs[system], ...question.system(system) };
  });
  const golds = question.golds.flatMap((gold, at) => {
    const text = foreign("span", "gold", gold);
    return at === 0 ? [text] : [", ", text];
  });
  const facts = element("dl", "facts",
    element("dt", "", question.golds.length === 1 ? "Gold answer" : "Gold answers"),
    element("dd", "", ...(golds.length > 0 ? golds : ["none: the question has no answer"])),
    element("dt", "", "Id"), foreign("dd", "", question.id));
  const runs = [...new Set(answers.map((answer) => answer.run))];
  return [
    foreign("h3", "", question.text), facts,
    element("div", "answers", ...answers.map(answerBlock)),
    element("div", "rankings", ...runs.map((run) => {
      const readers = answers.filter((answer) => answer.run === run);
      return rankingBlock(question.runs[run], readers, question.golds, answers.length > 1);
    })),
  ];
}

function outcomeLabel(outcome) {
  return element("span", "outcome", element("span", `key ${outcome.name}`), outcome.title);
}

function answerBlock(answer) {
  const isEmpty = answer.prediction === "";
  const confidence = answer.confidence === null ? "" : ` · confidence ${percent(answer.confidence)}`;
  const how = element("p", "how", outcomeLabel(answer.outcome),
    `${confidence} · F1 ${percent(answer.f1)} · ${counted(answer.packed.size)} passages read`);
  return element("section", `answer ${answer.outcome.name}`,
    foreign("p", "who", answer.name),
    foreign("p", "said", isEmpty ? "no answer given" : answer.prediction), how);
}

// A ranking that one or more of the shown systems read from.
function rankingBlock(ranking, readers, golds, isNamed) {
  const list = element("ol", "ranking");
  const read = ranking.entries.findIndex((_, at) => readers.some((r) => r.evidence?.[0] === at));
  const open = read >= 0 ? read : ranking.entries.findIndex((entry) => entry.isHit);
  let last = 0;
  ranking.entries.forEach((entry, at) => {
    if (entry.rank > last + 1) list.append(gap(last + 1, entry.rank - 1));
    list.append(entryItem(entry, at, readers, golds, at === open, isNamed));
    last = entry.rank;
  });
  if (ranking.count > last) list.append(gap(last + 1, ranking.count));
  const first = ranking.firstHit === null
    ? "none bears an answer" : `the first that bears an answer is at rank ${ranking.firstHit}`;
  const names = isNamed ? readers.flatMap((reader, at) => {
    return [...(at > 0 ? [" and "] : []), foreign("span", "", reader.name)];
  }) : ["Ranking"];
  return element("section", "", element("h4", "", ...names),
    element("p", "verdict", `${counted(ranking.count)} passages; ${first}.`), list);
}

function gap(from, to) {
  const text = from === to ? `rank ${from} is not shown` : `ranks ${from} to ${to} are not shown`;
  return element("li", "gap", text);
}

function entryItem(entry, at, readers, golds, isOpen, isNamed) {
  const packed = readers.filter((reader) => reader.packed.has(at));
  const evidence = readers.filter((reader) => reader.evidence?.[0] === at);
  const tags = [tag("read by the system", "not read", packed, readers, isNamed)];
  if (evidence.length > 0) tags.push(tag("holds its answer", "", evidence, readers, isNamed));
  if (entry.isHit) tags.push("bears a gold answer");
  const summary = element("summary", packed.length > 0 ? "" : "unread",
    element("span", "rank", String(entry.rank)),
    foreign("span", "title", entry.title === "" ? entry.id : entry.title),
    element("span", "score", String(entry.score)),
    element("span", "tags", tags.filter((text) => text !== "").join(" · ")));
  const ranges = evidence.map((reader) => [reader.evidence[1], reader.evidence[2]]);
  const details = element("details", "", summary);
  const fill = async () => {
    if (!details.open || details.childElementCount > 1) return;
    const passage = foreign("p", "passage");
    details.append(passage);
    passage.append(...marked(await data.text(entry.place), ranges, golds));
  };
  details.addEventListener("toggle", fill);
  details.open = isOpen;
  fill();
  return element("li", "", details);
}

// What holds for which of the shown systems: named where they differ.
function tag(some, none, holders, readers, isNamed) {
  if (holders.length === 0) return none;
  if (!isNamed || readers.length === 1) return some;
  if (holders.length === readers.length) return some.replace("the system", "both").replace("its", "both");
  return some.replace("the system", holders[0].name).replace("holds its answer", `answer of ${holders[0].name}`);
}

// A text cut into pieces: evidence in <mark>, gold answers underlined.
function marked(text, evidence, golds) {
  const gold = goldRanges(text, golds);
  const inside = (ranges, at) => ranges.some(([low, high]) => low <= at && at < high);
  const cuts = [...evidence, ...gold].flat().concat(0, text.length);
  const sorted = [...new Set(cuts)].sort((a, b) => a - b);
  return sorted.slice(1).map((end, at) => {
    const start = sorted[at];
    const piece = text.slice(start, end);
    const inner = inside(gold, start) ? element("span", "gold", piece) : piece;
    return inside(evidence, start) ? element("mark", "", inner) : inner;
  });
}

// Where gold answers stand as whole words, in any case. Only for the eye: whether a passage bears
// an answer was judged when the rankings were made.
function goldRanges(text, golds) {
  return golds.filter((gold) => gold.trim() !== "").flatMap((gold) => {
    const literal = gold.trim().replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/\s+/g, "\\s+");
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, "giu");
    return [...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length]);
  });
}
