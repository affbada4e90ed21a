/*
 * now.js - is anyone waiting?
 */
export default {
    title: 'now.title',
    mount(root) {
        root.append('…');
        return () => {};
    },
};
