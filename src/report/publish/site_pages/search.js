
"use strict";
(function () {
  var get = function (id) { return document.getElementById(id); };
  var cases = JSON.parse(get("index").textContent);
  var form = get("search"), box = get("words");
  // Letter by letter, so that places in the folded text are places in the text.
  var fold = function (text) {
    return Array.from(text, function (c) {
      var folded = c.normalize("NFKC").toLowerCase();
      return folded.length === c.length ? folded : c;
    }).join("");
  };
  var fields = cases.map(function (one) {
    return [[one.title, 8], [one.units, 5], [one.tags, 3], [one.text, 1]].map(function (field) { return [fold(field[0]), field[1]]; });
  });
  var score = function (at, words) {
    var total = 0;
    for (var i = 0; i < words.length; i++) {
      var hits = fields[at].filter(function (field) { return field[0].indexOf(words[i]) >= 0; });
      if (!hits.length) { return 0; }
      total += hits.reduce(function (sum, field) { return sum + field[1]; }, 0);
    }
    return total;
  };
  // The text with what was looked for marked; never as HTML.
  var marked = function (parent, text, words) {
    var folded = fold(text), at = 0;
    for (;;) {
      var next = -1, length = 0;
      words.forEach(function (word) {
        var found = folded.indexOf(word, at);
        if (found >= 0 && (next < 0 || found < next || (found === next && word.length > length))) { next = found; length = word.length; }
      });
      if (next < 0) { break; }
      parent.append(text.slice(at, next));
      var mark = document.createElement("mark");
      mark.textContent = text.slice(next, next + length);
      parent.append(mark);
      at = next + length;
    }
    parent.append(text.slice(at));
  };
  var snippet = function (text, words) {
    var folded = fold(text), first = -1;
    words.forEach(function (word) {
      var found = folded.indexOf(word);
      if (found >= 0 && (first < 0 || found < first)) { first = found; }
    });
    var from = Math.max(0, first - 30), to = Math.min(text.length, Math.max(first, 0) + 80);
    return (from > 0 ? "……" : "") + text.slice(from, to) + (to < text.length ? "……" : "");
  };
  var show = function (query) {
    var words = fold(query).split(/\s+/).filter(Boolean);
    var found = cases.map(function (one, at) { return [one, words.length ? score(at, words) : 0, at]; });
    found = found.filter(function (hit) { return hit[1] > 0; });
    found.sort(function (a, b) { return b[1] - a[1] || a[2] - b[2]; });
    get("results").hidden = !words.length;
    get("listing").hidden = words.length > 0;
    get("count").textContent = found.length ? found.length + "件" : "没有找到，可换用较短的词";
    var list = get("found");
    list.replaceChildren();
    found.forEach(function (hit) {
      var item = document.createElement("li"), heading = document.createElement("h3"), link = document.createElement("a");
      var who = document.createElement("p"), say = document.createElement("p");
      link.href = "cases/" + hit[0].number + ".html";
      marked(link, hit[0].title, words);
      marked(who, hit[0].units + "　" + hit[0].tags, words);
      marked(say, snippet(hit[0].text, words), words);
      heading.append(link);
      item.append(heading, who, say);
      list.append(item);
    });
  };
  var keep = function (query) {
    // Where a page from a file may not be named anew, the address stays as it is.
    try { history.replaceState(null, "", query ? "#q=" + encodeURIComponent(query) : location.pathname); } catch (error) { return; }
  };
  var asked = function () {
    var match = /^#q=(.*)$/.exec(location.hash), query = "";
    try { query = match ? decodeURIComponent(match[1]) : ""; } catch (error) { query = ""; }
    box.value = query;
    show(query);
  };
  form.addEventListener("submit", function (event) { event.preventDefault(); show(box.value); keep(box.value.trim()); });
  box.addEventListener("input", function () { show(box.value); });
  window.addEventListener("hashchange", asked);
  form.hidden = false;
  if (location.hash.indexOf("#q=") === 0) { asked(); }
}());
