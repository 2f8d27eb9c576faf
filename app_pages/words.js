/* Says Streamlit's own words, which it has in English only, in the language of the page. */
(function () {
  const words = {
    "Upload": "上传",
    "Choose an option": "请选择",
    "Choose options": "请选择",
    "No results": "没有匹配项",
    "No options to select": "没有可选项",
    "Select all": "全选",
    "Connecting": "正在连接",
    "Connection error": "连接中断",
    "Is Streamlit still running?": "程序是否仍在运行？",
    "Page not found": "没有这一页",
    "Running...": "正在运行…",
    "Stop": "停止",
    "Rerun": "重新运行",
    "Close": "关闭",
    "Cancel": "取消",
    "Try again": "重试",
    "Collapse sidebar": "收起侧栏",
    "Expand sidebar": "展开侧栏",
    "Clear value": "清除",
    "Clear all": "全部清除",
    "Clear selection": "取消选择",
    "Skip to main content": "跳到正文",
    "Dismiss": "关闭",
    "Get help": "说明",
    "Help": "说明",
    "Copy to clipboard": "复制",
    "Fullscreen": "全屏",
    "Close fullscreen": "退出全屏",
    "Open": "打开",
    "Selected values": "已选",
    "No data": "没有数据",
    "Empty": "空",
    "Search": "查找",
    "Add row": "添加一行",
    "Delete row(s)": "删除所选行",
    "Show/hide columns": "显示或隐藏列",
    "Download as CSV": "下载为 CSV",
    "Sort ascending": "升序排列",
    "Sort descending": "降序排列",
    "Autosize": "自动列宽",
    "Pin column": "固定此列",
    "Unpin column": "取消固定",
    "Hide column": "隐藏此列",
  };
  const patterns = [
    [/^Limit (\d+)\s?MB per file(?: • (.*))?$/, (size, types) => `单个文件不超过 ${size} MB${types ? "，格式：" + types : ""}`],
    [/^(\d+)\s?MB per file(?: • (.*))?$/, (size, types) => `单个文件不超过 ${size} MB${types ? "，格式：" + types : ""}`],
    [/^Drag and drop (?:a )?(?:file|files) here$/, () => "将文件拖放到此处"],
    [/^Upload or drag and drop (?:a )?(?:file|files).*$/, () => "选择文件，或拖放到此处"],
    [/^(\S+) files are not allowed\.$/, (type) => `不接受 ${type} 文件。`],
    [/^Help for (.+)$/, (what) => `${what}：说明`],
    [/^Cancel upload of (.+)$/, (what) => `取消上传 ${what}`],
    [/^Remove (.+)$/, (what) => `移除 ${what}`],
    [/^You can only select up to (\d+) options?\..*$/, (most) => `最多可选 ${most} 项。`],
  ];

  /* What our server refuses, Streamlit tells in the words of a library: said so that it helps, in both languages. */
  const refusals = [
    [/Request failed with status code 413$/, "文件过多或过大，未能接收。请先移除或打开已上传的文件，再上传其余文件。", "Too many or too large files at once: this one was not taken. Remove or open those uploaded first."],
    [/Request failed with status code 40[13]$/, "未能接收：您已退出登录，或无权在此上传文件。请重新加载页面。", "Not taken: you signed out, or may not bring files here. Load the page again."],
  ];

  function translated(text, chinese) {
    const key = text.trim();
    const refused = refusals.find(([pattern]) => pattern.test(key));
    if (refused) {
      return refused[chinese ? 1 : 2];
    }
    if (!chinese) {
      return null;
    }
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

  const names = ["title", "aria-label", "placeholder"];

  /* Text that was changed remembers what it was, so that it can be given back when the language changes. */
  function sayText(node, chinese) {
    const was = node.nodeValue === node.plannerSaid ? node.plannerWas : node.nodeValue;
    const said = (was.length < 120 ? translated(was, chinese) : null) ?? was;
    if (said !== node.nodeValue && !node.parentElement.closest("script, style, .p-table")) {
      node.plannerWas = was;
      node.plannerSaid = said;
      node.nodeValue = said;
    }
  }

  function sayName(element, name, chinese) {
    const was = `data-planner-${name}`;
    if (!chinese) {
      if (element.hasAttribute(was)) {
        element.setAttribute(name, element.getAttribute(was));
        element.removeAttribute(was);
      }
      return;
    }
    const said = element.hasAttribute(name) ? translated(element.getAttribute(name), chinese) : null;
    if (said !== null) {
      element.setAttribute(was, element.getAttribute(name));
      element.setAttribute(name, said);
    }
  }

  function visit(root) {
    const chinese = window.plannerLanguage === "zh";
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      sayText(node, chinese);
    }
    if (root.querySelectorAll) {
      for (const element of root.querySelectorAll("[title], [aria-label], [placeholder]")) {
        names.forEach((name) => sayName(element, name, chinese));
      }
    }
  }

  document.documentElement.lang = window.plannerLanguage === "zh" ? "zh-CN" : "en";
  visit(document.body);
  if (!window.plannerWatcher) {
    window.plannerWatcher = new MutationObserver((changes) => {
      for (const change of changes) {
        if (change.type === "characterData") {
          if (change.target.parentElement) {
            sayText(change.target, window.plannerLanguage === "zh");
          }
          continue;
        }
        for (const node of change.addedNodes) {
          if (node.isConnected) {
            visit(node.nodeType === Node.TEXT_NODE ? node.parentElement || document.body : node);
          }
        }
      }
    });
    window.plannerWatcher.observe(document.body, { childList: true, subtree: true, characterData: true });
  }
})();
