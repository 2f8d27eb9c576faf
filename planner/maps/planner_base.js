/* What lies under the planner's maps: base maps of tiles to choose, the north arrow, and the paper.
   The streets drawn from the data stand until a tile server has answered, and come back where it
   does not. Text that comes from data only ever becomes a text node. */
"use strict";
window.plannerBase = (function () {
  const home = document.currentScript ? document.currentScript.src : "";
  const PROBE_S = 6;
  const COOKIE = "planner_base";
  const MOST_BAD = 8; // tiles in a row that did not come, before the first that did

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) {
      made.className = className;
    }
    if (text !== undefined) {
      made.appendChild(document.createTextNode(text));
    }
    return made;
  }

  function boxed(position, className, fill) {
    const control = new L.Control({ position });
    control.onAdd = () => {
      const box = element("div", `planner-box ${className}`);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      fill(box);
      return box;
    };
    return control;
  }

  // GCJ-02 ----------------------------------------------------------------------------------------
  // The same formulae as planner/geo.py. A map on tiles of GCJ-02 keeps every position in WGS-84 and
  // shifts it on its way to the screen, so what lies on the tiles and what is clicked always agree.

  const AXIS_M = 6378245.0;
  const ECCENTRICITY_SQUARED = 0.00669342162296594323;
  const RADIAN = Math.PI / 180;
  const PASSES = 20;
  const CLOSE_ENOUGH_DEGREES = 1e-12;

  function waves(x, y) {
    const { sin, PI: pi } = Math;
    const root = Math.sqrt(Math.abs(x));
    const both = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x);
    let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (both * 2) / 3;
    east += ((20 * sin(pi * x) + 40 * sin((pi / 3) * x)) * 2) / 3;
    east += ((150 * sin((pi / 12) * x) + 300 * sin((pi / 30) * x)) * 2) / 3;
    let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + (both * 2) / 3;
    north += ((20 * sin(pi * y) + 40 * sin((pi / 3) * y)) * 2) / 3;
    north += ((160 * sin((pi / 12) * y) + 320 * sin((pi / 30) * y)) * 2) / 3;
    return [east, north];
  }

  function shifted({ lat, lng }) {
    const [east, north] = waves(lng - 105, lat - 35);
    const flattened = 1 - ECCENTRICITY_SQUARED * Math.sin(lat * RADIAN) ** 2;
    const northRadian = (AXIS_M * (1 - ECCENTRICITY_SQUARED)) / flattened ** 1.5;
    const eastRadian = (AXIS_M * Math.cos(lat * RADIAN)) / Math.sqrt(flattened);
    return L.latLng(lat + north / northRadian / RADIAN, lng + east / eastRadian / RADIAN);
  }

  function unshifted(there) {
    let { lat, lng } = there;
    for (let pass = 0; pass < PASSES; pass += 1) {
      const now = shifted({ lat, lng });
      const [north, east] = [there.lat - now.lat, there.lng - now.lng];
      lat += north;
      lng += east;
      if (Math.max(Math.abs(north), Math.abs(east)) < CLOSE_ENOUGH_DEGREES) {
        break;
      }
    }
    return L.latLng(lat, lng);
  }

  const flat = L.CRS.EPSG3857;
  const GCJ = L.extend({}, flat, {
    code: "GCJ-02",
    projection: L.extend({}, flat.projection, {
      project: (latlng) => flat.projection.project(shifted(latlng)),
      unproject: (point) => unshifted(flat.projection.unproject(point)),
    }),
  });
  const systems = { "WGS-84": flat, "GCJ-02": GCJ };

  /* Leaflet takes no other view while one is being zoomed to. */
  function whenStill(map, act) {
    if (map._animatingZoom) {
      map.once("zoomend", () => whenStill(map, act));
    } else {
      act();
    }
  }

  /* Draw everything anew in another system; what is seen stays in the middle. */
  function useSystem(map, system) {
    const crs = systems[system];
    if (map.options.crs === crs) {
      return;
    }
    const [centre, zoom] = [map.getCenter(), map.getZoom()];
    map.options.crs = crs;
    map._resetView(centre, zoom, true);
  }

  // Base maps -------------------------------------------------------------------------------------

  const maps = [];

  function tilesRoot() {
    return new URL("../../planner/tiles/", home || location.href);
  }

  function outside() {
    try {
      void window.parent.location.href;
      return window.parent;
    } catch {
      return window;
    }
  }

  function remembered() {
    const asked = new URLSearchParams(outside().location.search).get("base");
    const kept = document.cookie.split("; ").find((each) => each.startsWith(`${COOKIE}=`));
    try {
      return asked || (kept ? decodeURIComponent(kept.slice(COOKIE.length + 1)) : "");
    } catch {
      return ""; // somebody else's cookie of the same name
    }
  }

  function remember(id) {
    const age = id ? 365 * 24 * 3600 : 0;
    document.cookie = `${COOKIE}=${encodeURIComponent(id)}; path=/; max-age=${age}; SameSite=Lax`;
    const there = outside();
    const address = new URL(there.location.href);
    if (id) {
      address.searchParams.set("base", id);
    } else {
      address.searchParams.delete("base");
    }
    there.history.replaceState(there.history.state, "", address);
  }

  /* Ask the app whether a base map answers, for a tile in the middle of what is seen. */
  async function answers(map, base) {
    const zoom = Math.max(0, Math.min(Math.round(map.getZoom()), base.max_zoom));
    const at = systems[base.system].latLngToPoint(map.getCenter(), zoom).divideBy(256).floor();
    const address = new URL(encodeURIComponent(base.id), tilesRoot());
    address.search = new URLSearchParams({ z: zoom, x: at.x, y: at.y });
    const stop = new AbortController();
    // Seconds one by one: while a slow machine draws, no answer is heard, and that does not count.
    let late = 0;
    const wait = (left) => {
      late = left > 0 ? setTimeout(wait, 1000, left - 1) : stop.abort();
    };
    wait(PROBE_S);
    try {
      const answer = await fetch(address, { signal: stop.signal, credentials: "same-origin" });
      const told = await answer.json();
      return told.ok ? "" : String(told.why);
    } catch (error) {
      return error.name === "AbortError" ? "slow" : "unreachable";
    } finally {
      clearTimeout(late);
    }
  }

  /* Maps beside each other ask once. */
  const asking = {};
  function answered(map, base) {
    asking[base.id] =
      asking[base.id] ||
      answers(map, base).finally(() => {
        delete asking[base.id];
      });
    return asking[base.id];
  }

  function leave(map) {
    (map.plannerTiles || []).forEach((layer) => layer.remove());
    map.plannerTiles = [];
    const marks = map.getContainer().querySelector(".planner-base-marks");
    if (marks) {
      marks.remove();
    }
    const streets = map.getPane("planner-streets");
    if (streets) {
      streets.style.display = "";
    }
    delete map.getContainer().dataset.plannerBase;
    useSystem(map, "WGS-84");
  }

  function lay(map, base, failed) {
    leave(map);
    useSystem(map, base.system);
    let [good, bad] = [0, 0];
    const address = new URL(encodeURIComponent(base.id), tilesRoot()).href;
    map.plannerTiles = base.layers.map((layer) =>
      L.tileLayer(`${address}/${encodeURIComponent(layer)}/{z}/{x}/{y}`, {
        maxNativeZoom: base.max_zoom,
        maxZoom: map.getMaxZoom(),
        keepBuffer: 1,
        updateWhenIdle: true,
      })
        .on("tileload", () => {
          good += 1;
        })
        .on("tileerror", () => {
          bad += 1;
          if (good === 0 && bad === MOST_BAD) {
            failed();
          }
        })
        .addTo(map)
    );
    const streets = map.getPane("planner-streets");
    if (streets) {
      streets.style.display = "none"; // the tiles have their own
    }
    const notes = map.getContainer().querySelector(".planner-notes");
    if (notes) {
      notes.appendChild(element("div", "planner-base-marks", base.marks));
    }
    map.getContainer().dataset.plannerBase = base.id;
  }

  /* Let a base map be chosen: what a person chose last is tried first, the streets stand meanwhile. */
  function offer(map, words) {
    const { bases } = words;
    let asked = 0;
    let told = null;
    let select = null;
    const tell = (text) => told.replaceChildren(document.createTextNode(text));
    const give = (base, why) => {
      whenStill(map, () => leave(map));
      select.value = "";
      tell(words.why[why] ? `${base.name}: ${words.why[why]}` : words.why.answer);
    };
    const choose = async (id, keep) => {
      const turn = ++asked;
      const base = bases.find((each) => each.id === id);
      if (keep) {
        remember(base ? id : "");
      }
      tell("");
      select.value = base ? id : "";
      if (!base) {
        whenStill(map, () => turn === asked && leave(map));
        return;
      }
      tell(words.asking);
      const why = await answered(map, base);
      if (turn !== asked || !map.getContainer().isConnected) {
        return;
      }
      tell("");
      if (why) {
        give(base, why);
      } else {
        const failed = () => turn === asked && give(base, "slow");
        whenStill(map, () => turn === asked && lay(map, base, failed));
      }
    };
    boxed("topright", "planner-bases", (box) => {
      const label = box.appendChild(element("label", "", words.title));
      select = label.appendChild(element("select"));
      [{ id: "", name: words.streets }, ...bases].forEach(({ id, name }) => {
        select.appendChild(element("option", "", name)).value = id;
      });
      select.addEventListener("change", () => {
        const chosen = select.value;
        maps.forEach((each) => each(chosen, true));
      });
      told = box.appendChild(element("div", "planner-base-told"));
      told.setAttribute("role", "status");
    }).addTo(map);
    maps.push(choose);
    const wanted = remembered();
    if (bases.some((base) => base.id === wanted)) {
      map.whenReady(() => choose(wanted, true));
    }
  }

  // North and paper -------------------------------------------------------------------------------

  const SVG = "http://www.w3.org/2000/svg";

  function drawn(tag, attributes, parent) {
    const made = parent.appendChild(document.createElementNS(SVG, tag));
    Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
    return made;
  }

  /* Where the whole district is seen, it still is when the room for the map becomes another: a
     tablet was turned, a window made smaller. Where a person has moved the map, its middle stays. */
  function keepWhole(map, frame) {
    const bounds = L.latLngBounds(frame);
    const fitting = { padding: [12, 12], animate: false }; // as it is fitted at first
    let whole = false;
    let size = map.getSize();
    const look = () => {
      if (!size.equals(map.getSize())) {
        return; // the map stays where it was first, and is told of its new size after that
      }
      const { center, zoom } = map._getBoundsCenterZoom(bounds, fitting);
      const apart = map.project(center, zoom).distanceTo(map.project(map.getCenter(), zoom));
      whole = Math.abs(zoom - map.getZoom()) <= map.options.zoomSnap && apart < 2;
    };
    map.on("moveend", look);
    map.on("resize", () => {
      size = map.getSize();
      if (whole) {
        map.fitBounds(bounds, fitting);
      }
    });
    map.whenReady(look);
  }

  /* Web maps have north above; the arrow says so on paper too. */
  function furnish(map, words) {
    keepWhole(map, words.frame);
    boxed("bottomright", "planner-north", (box) => {
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", words.north_title);
      box.title = words.north_title;
      box.appendChild(element("span", "", words.north));
      const picture = drawn("svg", { viewBox: "0 0 16 22", width: 16, height: 22 }, box);
      drawn("path", { d: "M8 1 L14 21 L8 16.5 Z", fill: "#1f2a33", stroke: "#1f2a33" }, picture);
      drawn("path", { d: "M8 1 L2 21 L8 16.5 Z", fill: "#ffffff", stroke: "#1f2a33" }, picture);
    }).addTo(map);
    const notes = map.getContainer().querySelector(".planner-notes");
    if (words.sources) {
      const sources = notes.appendChild(element("details", "planner-sources"));
      sources.appendChild(element("summary", "", words.sources.title));
      sources.appendChild(element("div", "", words.sources.files));
    }
    const ownPage = !home || window.parent === window;
    if (words.paper && ownPage) {
      onPaper(map, words.paper, words.frame);
    }
  }

  const papers = { A4: [297, 210], A3: [420, 297] };
  const MARGIN_MM = 8;
  const sheet = { maps: [], laid: false };

  /* Tell whether maps, or one alone, stand above a legend that is theirs: they share a sheet. */
  function hasPanes() {
    return Boolean(document.querySelector(".planner-pair-legend"));
  }

  /* Write how large the sheet is. */
  function measured(name) {
    const [width, height] = papers[name].map((side) => side - 2 * MARGIN_MM);
    const size = `width: ${width}mm !important; height: ${height - 1}mm !important;`;
    const what = hasPanes() ? "body.planner-paper" : "body.planner-paper .folium-map";
    return `@page { size: ${name} landscape; margin: ${MARGIN_MM}mm; }\n${what} { ${size} }`;
  }

  /* Lay the page out on a sheet: what is seen is what is printed, in the size of the paper. */
  function layOut(name) {
    const paper = Boolean(papers[name]);
    const language = document.documentElement.lang.replace(/^en.*/, "en-GB"); // the day first
    const today = new Date().toLocaleDateString(language, { year: "numeric", month: "long", day: "numeric" });
    const seen = sheet.maps.map(({ map, frame }) => (sheet.laid ? map.getBounds() : L.latLngBounds(frame)));
    sheet.laid = true;
    document.body.classList.toggle("planner-paper", paper);
    document.body.classList.toggle("planner-paper-many", paper && hasPanes());
    sheet.rule.textContent = paper ? measured(name) : "";
    sheet.buttons.forEach((button, key) => button.setAttribute("aria-pressed", String(key === name)));
    document.querySelectorAll(".planner-sources").forEach((each) => {
      each.open = paper;
    });
    document.querySelectorAll(".planner-date").forEach((each) => {
      each.textContent = paper ? `${sheet.words.date} ${today}` : "";
    });
    if (paper) {
      L.Browser.retina = true; // a printer draws finer than a screen
    }
    sheet.maps.forEach(({ map }) => map.invalidateSize({ animate: false }));
    sheet.maps.forEach(({ map }, place) => {
      map.fitBounds(seen[place], { animate: false });
      map._resetView(map.getCenter(), map.getZoom(), true); // the canvas in the size of the sheet
    });
  }

  function layWhenStill(name) {
    whenStill(sheet.maps[0].map, () => layOut(name));
  }

  function printed() {
    if (!document.body.classList.contains("planner-paper")) {
      layOut("A4");
    }
    requestAnimationFrame(() => requestAnimationFrame(() => window.print()));
  }

  /* A page of its own can be laid out on paper; of several maps the first has the buttons. */
  function onPaper(map, words, frame) {
    map.getContainer().querySelector(".planner-notes").prepend(element("div", "planner-date"));
    sheet.maps.push({ map, frame });
    if (sheet.maps.length > 1) {
      return;
    }
    sheet.words = words;
    sheet.buttons = new Map();
    sheet.rule = document.head.appendChild(element("style"));
    boxed("topleft", "planner-papers", (bar) => {
      ["", "A4", "A3"].forEach((name) => {
        const button = bar.appendChild(element("button", "", name || words.screen));
        button.type = "button";
        button.addEventListener("click", () => layWhenStill(name));
        sheet.buttons.set(name, button);
      });
      const print = bar.appendChild(element("button", "planner-print", words.print));
      print.type = "button";
      print.addEventListener("click", printed);
    }).addTo(map);
    const follow = () => {
      const asked = location.hash.slice(1);
      layWhenStill(papers[asked] ? asked : "");
    };
    window.addEventListener("hashchange", follow);
    // The map zooms to the district first, from the next picture on.
    requestAnimationFrame(() => requestAnimationFrame(follow));
  }

  return { furnish, offer, shifted, unshifted };
})();
