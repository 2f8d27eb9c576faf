/* Says Streamlit's own words, which it has in English only, in the language of the page. */
(function () {
  const words = {
    "Drag and drop file here": "将文件拖放到此处",
    "Drag and drop files here": "将文件拖放到此处",
    "Browse files": "选择文件",
    "Upload": "上传",
    "No results": "没有匹配项",
    "No options to select": "没有可选项",
    "Select all": "全选",
    "Connecting": "正在连接",
    "Connection error": "连接中断",
    "Is Streamlit still running?": "程序是否仍在运行？",
    "Running...": "正在运行…",
    "Stop": "停止",
    "Close": "关闭",
    "Close sidebar": "收起侧栏",
    "Clear value": "清除",
    "Clear all": "全部清除",
    "Open": "展开",
  };
  const patterns = [
    [/^Limit (\d+)\s?MB per file(?: • (.*))?$/, (size, types) => `单个文件不超过 ${size} MB${types ? "，格式：" + types : ""}`],
    [/^(\d+)\s?MB per file(?: • (.*))?$/, (size, types) => `单个文件不超过 ${size} MB${types ? "，格式：" + types : ""}`],
  ];

  function translated(text) {
    const key = text.trim();
    if (words[key]) {
      return words[key];
    }
    for (const [pattern, make] of patterns) {
      const found = key.match(pattern);
      if (found) {
        return make(...found.slice(1));
      }
    }
    return null;
  }

  function visit(root) {
    if (window.plannerLanguage !== "zh") {
      return;
    }
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const said = node.nodeValue.length < 120 ? translated(node.nodeValue) : null;
      if (said !== null && !node.parentElement.closest("script, style, .p-table")) {
        node.nodeValue = said;
      }
    }
    const named = root.querySelectorAll ? root.querySelectorAll("[title], [aria-label], [placeholder]") : [];
    for (const element of named) {
      for (const name of ["title", "aria-label", "placeholder"]) {
        const said = element.hasAttribute(name) ? translated(element.getAttribute(name)) : null;
        if (said !== null) {
          element.setAttribute(name, said);
        }
      }
    }
  }

  document.documentElement.lang = window.plannerLanguage === "zh" ? "zh-CN" : "en";
  visit(document.body);
  if (!window.plannerWatcher) {
    window.plannerWatcher = new MutationObserver((changes) => {
      for (const change of changes) {
        for (const node of change.addedNodes) {
          visit(node.nodeType === Node.TEXT_NODE ? node.parentElement || document.body : node);
        }
        if (change.type === "characterData" && change.target.parentElement) {
          visit(change.target.parentElement);
        }
      }
    });
    window.plannerWatcher.observe(document.body, { childList: true, subtree: true, characterData: true });
  }
})();
