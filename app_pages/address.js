// What a page writes into its address takes the place of what stood there, so that "back" leads to
// the page before and not through every view and choice.
if (!window.plannerAddress) {
  window.plannerAddress = true;
  const push = window.history.pushState;
  window.history.pushState = function (state, title, address) {
    const at = address == null ? null : new URL(address, window.location.href);
    const here = at !== null && at.pathname === window.location.pathname;
    return (here ? this.replaceState : push).call(this, state, title, address);
  };
}
