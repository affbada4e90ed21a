/*
 * early.js - before anything is drawn: the theme and the language that were chosen here, so that nothing flashes.
 * A classic script in <head>; also of the kiosk's and the customer's page. `data-theme` is always light or dark.
 */
(() => {
    const root = document.documentElement;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const kept = (key) => {
        try {
            return localStorage.getItem(key);
        } catch {
            return null; /* storage is forbidden: the defaults */
        }
    };
    const draw = () => {
        const chosen = kept('manyi.theme');
        const theme = chosen === 'light' || chosen === 'dark' ? chosen : dark.matches ? 'dark' : 'light';
        if (root.dataset.theme !== theme) {
            root.dataset.theme = theme;
            dispatchEvent(new Event('themechange'));
        }
    };
    draw();
    dark.addEventListener('change', draw);
    addEventListener('themechosen', draw);
    addEventListener('storage', draw);
    const lang = kept('manyi.lang') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
    root.lang = lang === 'zh' ? 'zh-CN' : 'en';
})();
