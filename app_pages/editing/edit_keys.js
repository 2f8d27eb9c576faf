/* Keys of the toolbar of the map: letters press its buttons, arrows go from one to the next. */
(function () {
  const bar = () => document.querySelector(".st-key-edit_toolbar");
  const letters = {
    s: "tool_select",
    a: "tool_add",
    l: "tool_lock",
    f: "tool_forbid",
    d: "tool_area",
    z: "undo",
    y: "redo",
    p: "suggest",
    x: "swap",
  };

  /* Streamlit keeps a second, unseen button for its tooltip. */
  const seen = (button) => button.getClientRects().length > 0 && button.offsetHeight > 0;

  function press(name) {
    const button = [...document.querySelectorAll(`.st-key-edit_${name} button`)].find(seen);
    if (!button || button.disabled) {
      return false;
    }
    button.click();
    return true;
  }

  function typed(event) {
    const at = event.target;
    return Boolean(
      at && at.closest && at.closest("input, textarea, select, [contenteditable=true], [role=listbox]")
    );
  }

  function pressed(event) {
    if (!bar() || typed(event) || event.altKey || event.repeat) {
      return;
    }
    const letter = event.key.toLowerCase();
    const steps = event.ctrlKey || event.metaKey;
    const name = steps && event.shiftKey && letter === "z" ? "redo" : letters[letter];
    if (steps ? !["z", "y"].includes(letter) : event.shiftKey) {
      return;
    }
    if ((name && press(name)) || (!steps && event.key === "Escape" && press("tool_select"))) {
      event.preventDefault();
    }
  }

  function moved(event) {
    const home = event.target.closest && event.target.closest(".st-key-edit_toolbar");
    if (!home) {
      return;
    }
    const buttons = [...home.querySelectorAll("button")].filter(
      (button) => seen(button) && !button.disabled
    );
    const at = buttons.indexOf(event.target.closest("button"));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at >= 0 && to !== undefined) {
      buttons[(to + buttons.length) % buttons.length].focus();
      event.preventDefault();
    }
  }

  /* What a screen reader is told: a toolbar, and which tool is in hand. */
  function dress() {
    const home = bar();
    if (!home) {
      return;
    }
    home.setAttribute("role", "toolbar");
    home.setAttribute("aria-label", window.plannerLanguage === "en" ? "Tools of the map" : "地图工具");
    for (const button of home.querySelectorAll("[class*='st-key-edit_tool_'] button")) {
      const now = button.closest("[class*='st-key-edit_tool_']").className;
      const tool = (window.plannerEditing || {}).tool || "select";
      button.setAttribute("aria-pressed", String(now.includes(`st-key-edit_tool_${tool}`)));
    }
  }

  window.plannerEditKey = pressed;
  if (!window.plannerKeysThere) {
    window.plannerKeysThere = true;
    document.addEventListener("keydown", (event) => {
      moved(event);
      window.plannerEditKey(event);
    });
    window.addEventListener("plannerediting", () => [0, 150, 600].forEach((ms) => setTimeout(dress, ms)));
  }
  setTimeout(dress, 0);
})();
