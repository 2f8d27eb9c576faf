/* Layers of the planner's maps, drawn by Leaflet on a canvas.
   Text that comes from data only ever becomes a text node, so no name can be read as code. */
"use strict";
window.plannerMap = (function () {
  const data = {};
  const home = document.currentScript ? document.currentScript.src : "";

  /* Data that the page does not hold yet is fetched from beside this script, once. */
  const fetched = {};
  function whenThere(key, use) {
    if (data[key] !== undefined) {
      use(data[key]);
      return;
    }
    if (!fetched[key]) {
      fetched[key] = new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = new URL(`data/${key}.js`, home).href;
        script.onload = done;
        script.onerror = () => {
          delete fetched[key];
          failed(new Error(`the data of a layer could not be fetched: ${script.src}`));
        };
        document.head.appendChild(script);
      });
    }
    fetched[key].then(() => use(data[key]));
  }

  /* A layer whose data is a script of its own; its legend is shown while it is on the map. */
  const Kept = L.Layer.extend({
    initialize(key, legend, make) {
      this._key = key;
      this._legend = legend;
      this._make = make;
    },
    onAdd(map) {
      explain(map, this, this._legend);
      const waiting = map.getContainer().dataset;
      waiting.plannerWaiting = Number(waiting.plannerWaiting || 0) + 1;
      whenThere(this._key, (payload) => {
        waiting.plannerWaiting -= 1;
        if (this._map !== map) {
          return;
        }
        this._drawn = this._drawn || this._make(payload, map);
        this._drawn.addTo(map);
        map.plannerDrawn = { ...map.plannerDrawn, [this._key]: this._drawn };
        map.fire("plannerdrawn");
      });
    },
    onRemove(map) {
      explain(map, this, null);
      if (this._drawn) {
        this._drawn.remove();
      }
    },
  });
  const kept = (make) => (key, legend) => new Kept(key, legend, make);

  /* A circle in metres that stays visible from afar; its rim goes where it would hide the colour. */
  const CellCircle = L.Circle.extend({
    _project() {
      L.Circle.prototype._project.call(this);
      this._radius = Math.max(this._radius, 2.2);
      this._radiusY = Math.max(this._radiusY || 0, 2.2);
      this._updateBounds();
      this.options.stroke = this._radius > 4;
    },
  });

  const ShapedMarker = L.CircleMarker.extend({
    _updatePath() {
      this._renderer._updateShapedMarker(this);
    },
  });

  // Corners around the centre, in radii; a shape that is not here is a circle.
  const corners = {
    diamond: [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]],
    square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
    triangle: [[0, -1.25], [1.2, 0.85], [-1.2, 0.85]],
    hexagon: [[0, -1.2], [1.04, -0.6], [1.04, 0.6], [0, 1.2], [-1.04, 0.6], [-1.04, -0.6]],
    cross: [
      [-1.1, -0.75], [-0.75, -1.1], [0, -0.35], [0.75, -1.1], [1.1, -0.75], [0.35, 0],
      [1.1, 0.75], [0.75, 1.1], [0, 0.35], [-0.75, 1.1], [-1.1, 0.75], [-0.35, 0],
    ],
    frame: [[-1.25, -1.25], [1.25, -1.25], [1.25, 1.25], [-1.25, 1.25]],
  };

  L.Canvas.include({
    _updateShapedMarker(layer) {
      if (!corners[layer.options.shape]) {
        this._updateCircle(layer);
        return;
      }
      if (!this._drawing || layer._empty()) {
        return;
      }
      const middle = layer._point;
      const radius = Math.max(layer._radius, 1);
      this._ctx.beginPath();
      for (const [x, y] of corners[layer.options.shape]) {
        this._ctx.lineTo(middle.x + x * radius, middle.y + y * radius);
      }
      this._ctx.closePath();
      this._fillStroke(this._ctx, layer);
    },
  });

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

  function card(title, labels, values) {
    const made = element("div", "planner-card");
    made.appendChild(element("div", "planner-card-title", title));
    const table = made.appendChild(element("table"));
    values.forEach((value, column) => {
      if (value === "" || value === null) {
        return;
      }
      const row = table.appendChild(element("tr"));
      row.appendChild(element("th", "", labels[column]));
      row.appendChild(element("td", "", String(value)));
    });
    return made;
  }

  function bindCards(group, payload) {
    const { labels, brief } = payload;
    group.bindTooltip(
      (marker) => card(marker.planner.title, labels, marker.planner.values.slice(0, brief)),
      { sticky: true, className: "planner-tooltip" }
    );
    group.bindPopup((marker) => card(marker.planner.title, labels, marker.planner.values), {
      closeButton: false,
      maxWidth: 360,
      minWidth: 220,
      className: "planner-popup",
    });
    group.on("add", () => {
      if (group._map.plannerAsks) {
        group.unbindPopup();
      }
    });
    // A card that opens ends the click; whoever asks the map where was clicked gets the very place.
    group.on("click", ({ propagatedFrom, layer, latlng }) => {
      const clicked = propagatedFrom || layer;
      const map = clicked._map;
      if (map && !map.plannerPicks) {
        map.fire("click", { latlng: clicked.getLatLng ? clicked.getLatLng() : latlng });
      }
    });
    return group;
  }

  /* Each line is a flat list of steps in units of `unit` degrees: lon, lat, lon, lat ... */
  function unpacked(packed) {
    const { unit, lon, lat, lines } = packed;
    return lines.map((steps) => {
      const line = new Array(steps.length / 2);
      let x = lon;
      let y = lat;
      for (let at = 0; at < steps.length; at += 2) {
        x += steps[at];
        y += steps[at + 1];
        line[at / 2] = [y * unit, x * unit];
      }
      return line;
    });
  }

  /* A pane for what nobody clicks, below the others, so that it is drawn once a view. */
  function quietPane(map, name, level) {
    const pane = `planner-${name}`;
    if (!map.getPane(pane)) {
      map.createPane(pane).style.zIndex = level;
      map.getPane(pane).style.pointerEvents = "none";
    }
    return pane;
  }

  function lines(payload, map) {
    const { style } = payload;
    const pane = quietPane(map, style.pane, style.level);
    return L.polyline(unpacked(payload), {
      ...style,
      pane,
      renderer: L.canvas({ pane, padding: 0.3 }),
      interactive: false,
      smoothFactor: 1.2,
    });
  }

  function raster(payload, map) {
    const { image, bounds, opacity } = payload;
    return L.imageOverlay(image, bounds, {
      opacity,
      pane: quietPane(map, "raster", 240),
      interactive: false,
      className: "planner-raster",
    });
  }

  function cells(payload) {
    const { lon, lat, radius_m, fill, title, values } = payload;
    const circles = lon.map((_, row) => {
      const circle = new CellCircle([lat[row], lon[row]], {
        radius: radius_m[row],
        weight: 0.6,
        color: "#4a5560",
        opacity: 0.55,
        fillColor: payload.colours[fill[row]],
        fillOpacity: 0.78,
      });
      circle.planner = { title: title[row], values: values[row] };
      return circle;
    });
    const group = bindCards(L.featureGroup(circles), payload);
    group.on("add", () => group.bringToBack());
    group.plannerCells = { circles, colours: payload.colours, fill };
    return group;
  }

  /* Other colours on cells that stand already: those that change alone are sent and painted. */
  const SHARES = 3; // the last values of a card: effective, nominal, out of reach
  const Recoloured = L.Layer.extend({
    initialize({ of, steps, shown }) {
      this._of = of;
      this._shown = Uint8Array.from(atob(shown), (letter) => letter.charCodeAt(0));
      let row = 0;
      this._rows = steps.map((step) => (row += step));
    },
    onAdd(map) {
      map.on("plannerdrawn", this._paint, this);
      this._paint();
    },
    onRemove(map) {
      map.off("plannerdrawn", this._paint, this);
      (this._undo || []).forEach((undo) => undo());
      this._undo = null;
    },
    _paint() {
      const group = (this._map.plannerDrawn || {})[this._of];
      if (this._undo || !group || !group.plannerCells) {
        return;
      }
      const { circles, colours, fill } = group.plannerCells;
      this._undo = this._rows.map((row, at) => {
        const [colour, ...shares] = this._shown.subarray(4 * at, 4 * at + 4);
        const circle = circles[row];
        const before = circle.planner.values;
        const values = before.slice();
        shares.forEach((share, place) => {
          values[values.length - SHARES + place] = `${share}%`;
        });
        circle.planner.values = values;
        circle.setStyle({ fillColor: colours[colour] });
        return () => {
          circle.planner.values = before;
          circle.setStyle({ fillColor: colours[fill[row]] });
        };
      });
    },
  });

  /* Rims around many cells: what lies inside can still be clicked. */
  function areas(payload) {
    const { lon, lat, radius_m, kind, title, values } = payload;
    const circles = lon.map((_, row) => {
      const circle = L.circle([lat[row], lon[row]], {
        ...payload.kinds[kind[row]],
        radius: radius_m[row],
        fill: false,
      });
      circle.planner = { title: title[row], values: values[row] };
      return circle;
    });
    const numbers = payload.numbers.map((number, row) =>
      L.tooltip({ permanent: true, direction: "center", className: "planner-number" })
        .setLatLng([lat[row], lon[row]])
        .setContent(element("span", "", number))
    );
    const group = L.layerGroup([bindCards(L.featureGroup(circles), payload)]);
    // From afar only the first are numbered, and those whose circle has room for it.
    const label = () => {
      numbers.forEach((tooltip, row) => {
        const roomy = row < payload.numbered || circles[row]._radius > 11;
        if (roomy) {
          group.addLayer(tooltip);
        } else {
          group.removeLayer(tooltip);
        }
      });
    };
    let home = null;
    group.on("add", () => {
      home = group._map;
      home.on("zoomend", label);
      label();
    });
    group.on("remove", () => home.off("zoomend", label));
    return group;
  }

  function sites(payload) {
    const { lon, lat, kind, title, values } = payload;
    const markers = lon.map((_, row) => {
      const marker = new ShapedMarker([lat[row], lon[row]], payload.kinds[kind[row]]);
      marker.planner = { title: title[row], values: values[row] };
      return marker;
    });
    const group = bindCards(L.featureGroup(markers), payload);
    const lift = () => group.bringToFront();
    // How much of its usual size a mark may have for thousands of them not to hide the map.
    const room = (shown) => {
      const bounds = group.getBounds();
      if (markers.length < 1000 || !bounds.isValid()) {
        return 1;
      }
      const corner = shown.project(bounds.getNorthEast()).subtract(shown.project(bounds.getSouthWest()));
      const spacing = Math.sqrt(Math.abs(corner.x * corner.y) / markers.length);
      return Math.min(1, Math.max(0.3, spacing / 14));
    };
    // Seen from afar the marks are smaller, so that a dense core does not become one blot.
    const resize = (event) => {
      const zoom = event.target.getZoom();
      const scale = room(event.target) * Math.min(1.1, Math.max(0.6, 0.6 + 0.16 * (zoom - 10.5)));
      markers.forEach((marker, row) => {
        const grown = payload.grow ? payload.grow[row] : 1;
        marker.setRadius(payload.kinds[kind[row]].radius * scale * grown);
      });
    };
    let home = null;
    group.on("add", () => {
      home = group._map;
      lift();
      resize({ target: home });
      home.on({ overlayadd: lift, plannerdrawn: lift, zoomend: resize });
    });
    group.on("remove", () => {
      home.off({ overlayadd: lift, plannerdrawn: lift, zoomend: resize });
    });
    return group;
  }

  function sample(entry) {
    const size = 16;
    const canvas = element("canvas", "planner-sample");
    canvas.width = size * 2;
    canvas.height = size * 2;
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    pen.beginPath();
    const radius = Math.min(entry.radius || 6, 6);
    if (entry.shape === "line") {
      pen.moveTo(1, size / 2);
      pen.lineTo(size - 1, size / 2);
    } else if (corners[entry.shape]) {
      const scale = Math.min(radius, 5.2);
      corners[entry.shape].forEach(([x, y]) => pen.lineTo(size / 2 + x * scale, size / 2 + y * scale));
      pen.closePath();
    } else {
      pen.arc(size / 2, size / 2, radius, 0, 2 * Math.PI);
    }
    if (entry.fillColor) {
      pen.globalAlpha = entry.fillOpacity === undefined ? 1 : entry.fillOpacity;
      pen.fillStyle = entry.fillColor;
      pen.fill();
      pen.globalAlpha = 1;
    }
    pen.strokeStyle = entry.color;
    pen.lineWidth = entry.weight || 1;
    pen.setLineDash(entry.dashes || []);
    pen.stroke();
    return canvas;
  }

  function boxed(position, className, fill) {
    const control = new L.Control({ position });
    control.onAdd = () => {
      const box = element("div", `planner-box ${className}`);
      L.DomEvent.disableClickPropagation(box);
      fill(box);
      return box;
    };
    return control;
  }

  function scale(ramp) {
    const width = 150;
    const box = element("div", "planner-ramp");
    const canvas = box.appendChild(element("canvas", "planner-ramp-colours"));
    canvas.width = width * 2;
    canvas.height = 24;
    const pen = canvas.getContext("2d");
    const fill = pen.createLinearGradient(0, 0, canvas.width, 0);
    ramp.colours.forEach((colour, at) => fill.addColorStop(at / (ramp.colours.length - 1), colour));
    pen.fillStyle = fill;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    const ticks = box.appendChild(element("div", "planner-ramp-ticks"));
    ramp.ticks.forEach((tick) => ticks.appendChild(element("span", "", tick.label)));
    return box;
  }

  /* The legend lists what is on the map: each layer brings its parts, and takes them with it. */
  function explain(map, layer, parts) {
    map.plannerLegend = map.plannerLegend || new Map();
    if (parts) {
      map.plannerLegend.set(layer, parts);
    } else {
      map.plannerLegend.delete(layer);
    }
    if (!map.plannerLegendBox) {
      const control = boxed("bottomleft", "planner-legend", () => {}).addTo(map);
      map.plannerLegendBox = control.getContainer();
    }
    drawLegend(map.plannerLegendBox, [...map.plannerLegend.values()].flat());
  }

  function drawLegend(box, parts) {
    box.replaceChildren();
    const byPlace = (one, two) => one.place - two.place;
    const titles = [...new Set([...parts].sort(byPlace).map((part) => part.title))];
    for (const title of titles) {
      const same = parts.filter((part) => part.title === title);
      box.appendChild(element("div", "planner-legend-title", title));
      same.filter((part) => part.ramp).forEach((part) => box.appendChild(scale(part.ramp)));
      const entries = same.flatMap((part) => part.entries || []).sort(byPlace);
      entries
        .filter((entry, at) => entries.findIndex((other) => other.label === entry.label) === at)
        .forEach((entry) => {
          const row = box.appendChild(element("div", "planner-legend-row"));
          row.appendChild(sample(entry));
          row.appendChild(element("span", "", entry.label));
        });
    }
    box.style.display = titles.length ? "" : "none";
  }

  /* What every map has: zoom buttons, a metric scale, what it is, and where its data come from. */
  function furnish(map, words) {
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    boxed("bottomright", "planner-notes", (box) => {
      words.notes.forEach((text) => box.appendChild(element("div", "", text)));
    }).addTo(map);
    if (words.title) {
      boxed("topleft", "planner-title", (box) => {
        box.appendChild(element("div", "planner-title-main", words.title));
        box.appendChild(element("div", "", words.subtitle));
      }).addTo(map);
    }
    map.plannerPicks = Boolean(words.pick);
    map.plannerAsks = Boolean(words.asks);
    map.on("click", (event) => {
      if (words.pick) {
        const marker = new ShapedMarker(event.latlng, words.pick);
        if (map.plannerPicked) {
          map.plannerPicked.remove();
        }
        map.plannerPicked = marker.addTo(map);
      }
    });
  }

  return {
    areas: kept(areas),
    cells: kept(cells),
    data,
    drawLegend,
    furnish,
    kept,
    lines: kept(lines),
    raster: kept(raster),
    recoloured: (words) => new Recoloured(words),
    sites: kept(sites),
  };
})();
