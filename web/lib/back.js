/*
 * back.js - of the page where one logs in: what stood behind the # of the address is kept over it (shell/session.js
 * leads back there). No server sees that part, so that a link from a mail would else end on the first page.
 */
(() => {
    try {
        if (location.hash.length > 1) sessionStorage.setItem('manyi.back', location.hash);
    } catch {
        /* storage is forbidden: then it begins on the first page */
    }
})();
