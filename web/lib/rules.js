/*
 * rules.js - the few figures of the rulebook that pages need to say what a number is worth. Read from its text, which
 * Manyi writes itself: a line each. What is not found has the value as delivered. Pure, but for `rules`.
 */
import {ask} from './ask.js';

const delivered = {
    zone: 'Asia/Shanghai',
    show: 5,
    rank: 30,
    satisfied: 8,
    quarterly: 'sales',
    fileWithin: '7 d w',
    points: 100,
    bands: {reward: 95, neutral: 90, warning: 85, penalty: 80},
    weights: {},
};

const number = (text, key, otherwise) => {
    const found = text.match(new RegExp(`^  ${key}: (-?[0-9.]+)$`, 'm'));
    return found ? Number(found[1]) : otherwise;
};

/* The lines of a block that begins at the left edge. */
function block(text, name) {
    const found = text.match(new RegExp(`^${name}:\\n((?:[ -].*\\n?)*)`, 'm'));
    return found ? found[1] : '';
}

function weightsOf(text) {
    const weights = {};
    let department = null;
    for (const line of block(text, 'departments').split('\n')) {
        const begins = line.match(/^- department: "?([^"\s]+)"?$/);
        const weight = line.match(/\{dimension: "?([^",]+)"?, weight: (\d+)\}/);
        if (begins) weights[(department = begins[1])] = [];
        else if (weight && department) weights[department].push({dimension: weight[1], weight: Number(weight[2])});
    }
    return weights;
}

/* Of the text of GET /v1/policy; null: as delivered. */
export function rulesOf(text) {
    if (!text) return delivered;
    const ratings = block(text, 'ratings'),
        bands = block(text, 'bands'),
        ledger = block(text, 'ledger');
    const zone = text.match(/^zone: "?([^"\s]+)"?$/m);
    const within = text.match(/^ {2}file_within: (.+)$/m);
    const quarterly = bands.match(/^ {2}quarterly: "?([^"\s]+)"?$/m);
    return {
        zone: zone ? zone[1] : delivered.zone,
        show: number(ratings, 'evidence_show', delivered.show),
        rank: number(ratings, 'evidence_rank', delivered.rank),
        satisfied: number(ratings, 'satisfied', delivered.satisfied),
        quarterly: quarterly ? quarterly[1] : delivered.quarterly,
        fileWithin: within ? within[1] : delivered.fileWithin,
        points: number(ledger, 'year_points', delivered.points),
        bands: Object.fromEntries(
            Object.entries(delivered.bands).map(([name, value]) => [name, number(bands, name, value)]),
        ),
        weights: weightsOf(text),
    };
}

/* "7 d w" in words' own vars: how many, and of what. */
export function termOf(text) {
    const found = text.match(/^(\d+) (d|h|min) ([wc])$/);
    return found ? {n: Number(found[1]), unit: found[2], working: found[3] === 'w'} : null;
}

let asked = null;

/* Of the rulebook in force, read once a page; as delivered where there is none. */
export function rules() {
    asked ??= ask('/v1/policy').then(
        (answer) => rulesOf(answer.rows[0]?.content),
        () => {
            asked = null;
            return delivered;
        },
    );
    return asked;
}
