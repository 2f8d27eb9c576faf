/* Maps of the same place beside each other: what moves one moves all.
   Text only ever becomes a text node, so no name can be read as code. */
"use strict";
window.plannerPair = (function () {
  /* Where a person left the maps of a district is where the next comparison begins. */
  function remembered(key) {
    try {
      return JSON.parse(window.sessionStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function remember(key, map) {
    const { lat, lng } = map.getCenter();
    try {
      window.sessionStorage.setItem(key, JSON.stringify([lat, lng, map.getZoom()]));
    } catch {
      // A browser that keeps nothing shows the whole district again.
    }
  }

  function titled(map, title) {
    const control = new L.Control({ position: "topleft" });
    control.onAdd = () => {
      const box = document.createElement("div");
      box.className = "planner-box planner-pair-title";
      box.appendChild(document.createTextNode(title));
      return box;
    };
    control.addTo(map);
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", title);
  }

  /* A cross where the pointer is on another of the maps. */
  function crosses(maps) {
    const marks = maps.map((map) => {
      const mark = document.createElement("div");
      mark.className = "planner-pair-cross";
      map.getContainer().appendChild(mark);
      return mark;
    });
    maps.forEach((map, place) => {
      map.on("mousemove", ({ latlng }) => {
        maps.forEach((other, at) => {
          if (at === place) {
            return;
          }
          const { x, y } = other.latLngToContainerPoint(latlng);
          marks[at].style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
          marks[at].style.display = "block";
        });
      });
      map.on("mouseout", () => marks.forEach((mark) => (mark.style.display = "none")));
    });
  }

  /* One legend for all: each map tells what is on it. */
  function explained(maps, box) {
    let due = false;
    const draw = () => {
      due = false;
      const parts = maps.flatMap((map) => [...(map.plannerLegend || new Map()).values()].flat());
      plannerMap.drawLegend(box, parts);
    };
    // Thousands of marks come one by one: the legend is drawn once for all of them.
    const soon = () => {
      if (!due) {
        due = true;
        window.setTimeout(draw);
      }
    };
    maps.forEach((map) => map.on("layeradd layerremove plannerdrawn", soon));
    draw();
  }

  function join(maps, { titles, key }) {
    let following = false;
    let touched = false; // by a person: the view that fits the district is no choice of anybody's
    const follow = (from) => {
      if (following) {
        return;
      }
      following = true;
      const centre = from.getCenter();
      const zoom = from.getZoom();
      maps
        .filter((map) => map !== from)
        .forEach((map) => map.setView(centre, zoom, { animate: false }));
      following = false;
    };
    maps.forEach((map, place) => {
      titled(map, titles[place]);
      map.on("move zoomend", () => follow(map));
      ["pointerdown", "wheel", "keydown"].forEach((name) =>
        map.getContainer().addEventListener(name, () => (touched = true), { passive: true })
      );
      map.on("moveend", () => {
        if (touched) {
          remember(key, map);
        }
      });
      new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());
    });
    const view = remembered(key);
    if (view) {
      maps[0].setView([view[0], view[1]], view[2], { animate: false });
    }
    follow(maps[0]);
    if (maps.length > 1) {
      crosses(maps);
    }
    explained(maps, document.querySelector(".planner-pair-legend"));
    window.plannerPairMaps = maps;
  }

  return { join };
})();
