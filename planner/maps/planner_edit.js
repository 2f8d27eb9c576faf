/* Hands on the map: what a click, a key or a finger means, told to the page around it at once.
   The page around says which tool is in hand; text that comes from data only becomes text nodes. */
"use strict";
window.plannerEdit = (function () {
  const MOST_ACTS = 30; // those not yet answered are sent again with each new one
  const REACH_PX = 30; // how far from the middle of a mark a finger may be
  const SAME_PX = 4; // the second click of a double click is no second corner
  const POINTED = new Set(["select", "add", "lock", "forbid"]);

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) {
      made.appendChild(document.createTextNode(text));
    }
    return made;
  }

  /* The page around, where it is of the same origin; else nothing can be asked of it. */
  function around() {
    try {
      return window.parent.document ? window.parent : null;
    } catch (refused) {
      return null;
    }
  }

  const told = () => (around() && around().plannerEditing) || { tool: "select" };

  /* Acts go out by themselves: streamlit-folium would wait, and would forget one of two. */
  function messenger(map) {
    const frame = Math.random().toString(36).slice(2);
    const acts = [];
    let count = 0;
    let sent = null;
    const held = window.__GLOBAL_DATA__;
    if (held) {
      // Clicks on marks would be taken for drawings otherwise.
      Object.defineProperty(held, "last_active_drawing", { get: () => sent, set: () => {} });
    }
    return (act) => {
      count += 1;
      acts.push({ ...act, number: count, reach_m: reach(map) });
      acts.splice(0, acts.length - MOST_ACTS);
      sent = { type: "Feature", geometry: null, properties: { frame, acts: [...acts] } };
      if (held) {
        held.previous_data = { last_active_drawing: sent };
      }
      window.Streamlit.setComponentValue({ last_active_drawing: sent });
    };
  }

  /* Metres on the ground that a finger covers now. */
  function reach(map) {
    const middle = map.latLngToContainerPoint(map.getCenter());
    const beside = map.containerPointToLatLng(middle.add([REACH_PX, 0]));
    return map.distance(map.getCenter(), beside);
  }

  const lonLat = ({ lng, lat }) => [Number(lng.toFixed(6)), Number(lat.toFixed(6))];

  // An area that is being drawn ------------------------------------------------------------------

  function drawing(map, words, tell) {
    const corners = [];
    const line = L.polygon([], {
      color: "#8f1d14",
      weight: 2.5,
      dashArray: "6 4",
      fillOpacity: 0.12,
      interactive: false,
      className: "planner-draft",
    });
    const dots = L.layerGroup();
    const bar = element("div", "planner-drawing");
    const status = bar.appendChild(element("span", "planner-drawing-told"));
    status.setAttribute("role", "status");
    const buttons = {};
    const button = (name, act) => {
      const made = bar.appendChild(element("button", "planner-drawing-button", words[name]));
      made.type = "button";
      made.dataset.act = name;
      made.addEventListener("click", (event) => {
        event.stopPropagation();
        act();
        map.getContainer().focus();
      });
      buttons[name] = made;
    };

    function show(hover) {
      const ring = hover && corners.length ? [...corners, hover] : corners;
      line.setLatLngs(ring);
      dots.clearLayers();
      corners.forEach((corner, at) =>
        L.circleMarker(corner, {
          radius: at ? 4 : 7,
          color: "#8f1d14",
          weight: 2,
          fillColor: "#ffffff",
          fillOpacity: 1,
          interactive: false,
        }).addTo(dots)
      );
      buttons.close.disabled = corners.length < 3;
      buttons.back.disabled = corners.length < 1;
      const text = corners.length ? words.corners.replace("%", String(corners.length)) : words.area;
      if (status.textContent !== text) {
        status.textContent = text;
      }
      room();
    }

    /* On a narrow map the list of layers moves below the bar. */
    function room() {
      const high = bar.isConnected ? bar.offsetTop + bar.offsetHeight : 0;
      map.getContainer().style.setProperty("--planner-bar", `${high}px`);
    }

    function near(one, other, pixels) {
      const points = [one, other].map((each) => map.latLngToContainerPoint(each));
      return points[0].distanceTo(points[1]) <= pixels;
    }

    const draft = {
      add(latlng) {
        if (corners.length > 2 && near(corners[0], latlng, REACH_PX / 2)) {
          draft.close();
        } else if (!corners.length || !near(corners[corners.length - 1], latlng, SAME_PX)) {
          corners.push(latlng);
          show();
        }
      },
      back() {
        corners.pop();
        show();
      },
      cancel() {
        corners.length = 0;
        show();
      },
      close() {
        if (corners.length < 3) {
          status.textContent = words.few;
          return;
        }
        tell({ tool: "area", ring: corners.map(lonLat) });
        draft.cancel();
        status.textContent = words.sent;
      },
      hover: (latlng) => corners.length && show(latlng),
      start() {
        line.addTo(map);
        dots.addTo(map);
        map.getContainer().appendChild(bar);
        show();
      },
      stop() {
        corners.length = 0;
        line.remove();
        dots.remove();
        bar.remove();
        room();
      },
    };
    button("close", () => draft.close());
    button("back", () => draft.back());
    button("cancel", () => draft.cancel());
    L.DomEvent.disableClickPropagation(bar);
    return draft;
  }

  // What the page around says --------------------------------------------------------------------

  function marks(map) {
    const ring = L.layerGroup().addTo(map);
    const flag = L.layerGroup().addTo(map);
    let shown = "";
    return (state) => {
      const now = JSON.stringify([state.selected, state.pending]);
      if (now === shown) {
        return;
      }
      shown = now;
      ring.clearLayers();
      flag.clearLayers();
      if (state.selected) {
        const at = L.latLng(state.selected[1], state.selected[0]);
        for (const [color, weight] of [["#ffffff", 7], ["#14212b", 3]]) {
          L.circleMarker(at, { radius: 13, color, weight, fill: false, interactive: false }).addTo(ring);
        }
        if (!map.getBounds().pad(-0.02).contains(at)) {
          map.panTo(at);
        }
      }
      if (state.pending) {
        const at = L.latLng(state.pending[1], state.pending[0]);
        const icon = L.divIcon({ className: "planner-pending", iconSize: [30, 30], html: "+" });
        L.marker(at, { icon, interactive: false, keyboard: false }).addTo(flag);
      }
    };
  }

  // One map --------------------------------------------------------------------------------------

  function begin(map, words) {
    const home = map.getContainer();
    const tell = messenger(map);
    const mark = marks(map);
    const draft = drawing(map, words, tell);
    let tool = "";
    let off = false;
    home.setAttribute("role", "application");
    home.setAttribute("aria-label", words.label);
    home.appendChild(element("div", "planner-crosshair"));
    keepView(map, words.view);
    keepHidden();

    function take(state) {
      off = Boolean(state.off);
      const wanted = off ? "select" : state.tool || "select";
      if (wanted !== tool) {
        if (tool === "area") {
          draft.stop();
        }
        tool = wanted;
        home.dataset.plannerTool = tool;
        map.doubleClickZoom[tool === "select" ? "enable" : "disable"]();
        if (tool === "area") {
          draft.start();
        }
      }
      mark(state);
    }

    function act(latlng) {
      if (tool === "area") {
        draft.add(latlng);
      } else if (POINTED.has(tool)) {
        tell({ tool, at: lonLat(latlng) });
        if (tool === "add") {
          mark({ ...told(), pending: lonLat(latlng) });
        }
      }
    }

    map.on("click", (event) => {
      // A mark that was clicked tells of it a second time, without the event of the browser.
      const from = event.originalEvent;
      if (from && !(from.detail > 1 && tool !== "area")) {
        act(event.latlng);
      }
    });
    map.on("dblclick", () => tool === "area" && draft.close());
    map.on("mousemove", (event) => tool === "area" && draft.hover(event.latlng));
    // The crosshair is for the keyboard: whoever points sees where.
    for (const kind of ["keydown", "keyup"]) {
      home.addEventListener(kind, () => home.classList.add("planner-by-keys"));
    }
    home.addEventListener("pointerdown", () => home.classList.remove("planner-by-keys"), true);
    home.addEventListener("keydown", (event) => {
      if (event.target === home && byKey(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    // Keys that mean nothing to the map mean what they mean on the page around.
    document.addEventListener("keydown", (event) => {
      const outside = around();
      if (!event.defaultPrevented && outside && outside.plannerEditKey) {
        outside.plannerEditKey(event);
      }
    });

    function byKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) {
        return false;
      }
      if (event.key === " " || (event.key === "Enter" && tool !== "area")) {
        act(map.getCenter());
      } else if (tool !== "area") {
        return false;
      } else if (event.key === "Enter") {
        draft.close();
      } else if (event.key === "Escape") {
        draft.cancel();
      } else if (event.key === "Backspace") {
        draft.back();
      } else {
        return false;
      }
      return true;
    }

    const listen = () => take(told());
    const outside = around();
    if (outside) {
      outside.addEventListener("plannerediting", listen);
      window.addEventListener("pagehide", () =>
        outside.removeEventListener("plannerediting", listen)
      );
    }
    listen();
  }

  /* Layers that an edit sends anew stay off the map where somebody hid them in the list. */
  function keepHidden() {
    const hidden = new Set();
    const { addTo, _onInputClick } = L.Control.Layers.prototype;
    const overlays = (list) => list._layers.filter((each) => each.overlay);
    L.Control.Layers.include({
      addTo(map) {
        addTo.call(this, map);
        overlays(this)
          .filter(({ name }) => hidden.has(name))
          .forEach(({ layer }) => map.removeLayer(layer));
        return this;
      },
      _onInputClick(event) {
        _onInputClick.call(this, event);
        overlays(this).forEach(({ name, layer }) =>
          hidden[this._map.hasLayer(layer) ? "delete" : "add"](name)
        );
      },
    });
  }

  /* A map that must be made anew begins where the one before it was left. */
  function keepView(map, name) {
    const key = `planner-view:${name}`;
    try {
      const [lat, lng, zoom] = JSON.parse(sessionStorage.getItem(key) || "[]");
      if (Number.isFinite(zoom)) {
        if (map._animatingZoom) {
          map._onZoomTransitionEnd(); // else the whole district would be shown after all
        }
        map.setView([lat, lng], zoom, { animate: false });
      }
      map.on("moveend", () => {
        const { lat: y, lng: x } = map.getCenter();
        if (map.getSize().x > 0) {
          sessionStorage.setItem(key, JSON.stringify([y, x, map.getZoom()]));
        }
      });
    } catch (refused) {
      // A browser that keeps nothing shows the whole district again.
    }
  }

  /* Areas where nothing may be opened, each with its name. */
  function noGo(payload) {
    const group = L.featureGroup();
    payload.areas.forEach(({ name, ring }) => {
      const corners = ring.map(([lon, lat]) => [lat, lon]);
      L.polygon(corners, { ...payload.style, interactive: false })
        .bindTooltip(element("span", "", name), {
          permanent: true,
          direction: "center",
          className: "planner-area",
        })
        .addTo(group);
    });
    return group;
  }

  return { begin, noGo };
})();
if (window.plannerMap) {
  window.plannerMap.noGo = window.plannerMap.kept(window.plannerEdit.noGo);
}
