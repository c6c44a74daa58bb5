"""The words of the simulated reviews: English ones listed here, and rare ones made up of syllables.

Nothing here is copied from a review: the lists are common English words, the films and people do not exist.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seqexp.data.arrays import Mask, Rows
from seqexp.data.text.corpus import Words

# Opinions in pairs: the second says of a film the opposite of what the first says, as strongly. Within a list the
# first pairs are the most frequent. By kind (adjective, noun, past tense) and strength (1 mild, 2 plain, 3 strong).
OPINIONS: dict[tuple[str, int], str] = {
    ("S", 1): """
        good/bad nice/bland fine/weak decent/poor solid/shaky fun/slow interesting/dull fresh/stale likable/unlikable
        pleasant/unpleasant watchable/unwatchable competent/clumsy sweet/sour warm/cold lively/sluggish neat/messy
        credible/implausible sincere/fake smooth/choppy tidy/muddled agreeable/tiresome breezy/plodding
        coherent/incoherent spirited/listless crisp/murky vivid/vague amiable/grating""",
    ("S", 2): """
        great/terrible funny/boring beautiful/ugly clever/stupid enjoyable/tedious believable/ridiculous
        touching/annoying charming/irritating original/derivative moving/lifeless gripping/forgettable witty/lame
        memorable/mediocre realistic/phony powerful/feeble thoughtful/mindless engaging/dreary intelligent/idiotic
        convincing/unconvincing satisfying/disappointing entertaining/uninteresting inspired/uninspired
        polished/amateurish delightful/dismal tasteful/tasteless absorbing/monotonous subtle/crude
        imaginative/unimaginative poignant/pointless rewarding/frustrating graceful/wooden sparkling/cringeworthy
        riveting/soporific heartfelt/cynical nuanced/cartoonish luminous/drab""",
    ("S", 3): """
        wonderful/awful brilliant/horrible superb/atrocious perfect/pathetic fantastic/dreadful magnificent/abysmal
        stunning/laughable marvelous/appalling flawless/worthless hilarious/unfunny masterful/inept
        breathtaking/excruciating unforgettable/unbearable sublime/putrid spellbinding/insufferable
        mesmerizing/stupefying transcendent/execrable dazzling/hideous ravishing/repulsive peerless/wretched""",
    ("B", 1): """
        pleasure/letdown surprise/bore joy/chore keeper/dud hit/flop charmer/yawner crowdpleaser/timewaster""",
    ("B", 2): """
        winner/failure delight/mess treat/pain success/waste treasure/mistake knockout/snoozefest
        showstopper/trainwreck sensation/stinker""",
    ("B", 3): """
        masterpiece/disaster gem/turkey triumph/travesty classic/catastrophe revelation/debacle marvel/fiasco
        stunner/shipwreck milestone/monstrosity""",
    ("L", 1): "liked/disliked admired/regretted appreciated/endured respected/resented recommended/skipped",
    ("L", 2): "enjoyed/hated savored/suffered praised/panned cherished/dreaded relished/mocked",
    ("L", 3): "loved/despised adored/loathed treasured/detested worshipped/abhorred",
}

ALL_NEGATORS = ("not", "never", "hardly", "barely", "scarcely", "wasn't", "isn't", "didn't")
CONTRAST = "but"
# Each closes a review ("in the end", "in conclusion") and stands nowhere else.
CLOSERS = ("overall", "ultimately", "altogether", "end", "conclusion")

# English words by slot (see `review_clauses`), most frequent first.
LISTED: dict[str, str] = {
    "T": "the this that his her its another every our their each some",
    "M": "very really so quite truly rather pretty fairly especially particularly remarkably",
    "K": "not never hardly barely scarcely",
    "H": "never hardly barely scarcely",
    "C": "wasn't isn't",
    "N": """
    film movie story character scene plot actor cast script ending director picture music performance part role
    dialogue camera screen audience viewer scenery opening beginning sequence idea theme soundtrack line show cinema
    hero villain lead star writer screenplay editing pace setting costume photography score title version sequel series
    book novel episode production budget studio trailer poster theater ticket dvd tape channel critic review fan family
    friend woman man girl boy child mother father brother sister husband wife house town city street school office car
    train country world life time year night day morning weekend evening moment minute hour half rest middle point
    reason question answer problem message subject background detail image color light sound voice song dance stage
    shot angle cut effect prop makeup accent chemistry relationship romance conflict secret twist clue turn journey""",
    "A": """
    main first second last new old young whole other same big small long short american english french italian british
    japanese german foreign local early late modern recent black white dark blue red quiet loud private public famous
    independent familiar strange different usual typical certain single double final central minor major
    silent digital animated televised rural urban royal wealthy distant remote rainy wooded narrow crowded""",
    "V": """
    met followed watched left called found asked told moved visited played showed took brought turned changed opened
    closed helped joined crossed remembered mentioned described filmed directed wrote produced released reached hid
    carried chased warned married hired replaced introduced discovered collected painted repaired traded sold
    borrowed examined photographed overheard recognized""",
    "P": """
    john mary robert anna james helen michael laura david emma peter julia george alice frank clara henry nora paul
    martha victor rosa louis edith walter irene oscar vera hugo ida max lena felix olga simon greta anton paula""",
}
GENRES: dict[str, str] = {
    "western": """sheriff horse ranch outlaw saloon desert cowboy posse rifle cattle stagecoach bandit canyon
        gunslinger marshal saddle""",
    "space": """ship planet alien robot crew captain galaxy laser station orbit computer colony android engine
        signal asteroid""",
    "crime": """detective murder police killer gang robbery lawyer prison witness suspect bank gun alibi courtroom
        informant heist""",
    "horror": """ghost vampire zombie monster castle blood cemetery curse cabin scream basement mask werewolf ritual
        coffin attic""",
    "romance": """wedding letter kiss bride dinner dress garden heart dancer paris cafe proposal piano summer lover
        balcony""",
    "war": """soldier army general battle tank bomb officer enemy trench pilot uniform sergeant regiment medal
        submarine convoy""",
    "sport": """team coach player match boxer ring season trophy stadium trainer championship ball league locker
        marathon referee""",
    "family": """dog cat princess dragon wizard forest toy king queen fairy animal rabbit magic uncle grandmother
        birthday""",
}

_ONSETS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr r s sh st t tr v w"
_VOWELS = "a e i o u ai ea oo"
_CODAS = "n r l s m t nd rk ck"
_SOUNDS = tuple(sounds.split() for sounds in (_ONSETS, _VOWELS, _ONSETS, _VOWELS, _CODAS))
_STEMS = math.prod(len(sounds) for sounds in _SOUNDS)
# Without a factor in common with their number (7 from the onsets; 2; 3): its multiples visit every stem once.
_STRIDE = 161_803


def pairs(slot: str | None = None) -> list[tuple[str, str]]:
    """Return the (positive, negative) opinions of a slot, most frequent first; of all slots without one."""
    found = [
        pair.split("/") for (kind, _), listed in OPINIONS.items() if slot in (None, kind) for pair in listed.split()
    ]
    return [(positive, negative) for positive, negative in found]


def made_up(count: int, endings: Sequence[str], taken: set[str]) -> list[str]:
    """Return pronounceable words of two syllables and an ending, none of them in `taken`, and add them to it.

    There are 451,584 stems, so `count` must be far less. The endings come in turn.
    """
    found: list[str] = []
    number = len(taken)
    while len(found) < count:
        number += 1
        word = _stem(number * _STRIDE % _STEMS) + endings[len(found) % len(endings)]
        if word not in taken:
            taken.add(word)
            found.append(word)
    return found


def _stem(number: int) -> str:
    """Return the stem of a number below `_STEMS`: consonant, vowel, consonant, vowel, consonant."""
    stem = ""
    for sounds in _SOUNDS:
        number, sound = divmod(number, len(sounds))
        stem += sounds[sound]
    return stem


SCOPE = 3  # words after a negation that it turns around
REACH = 6  # words on either side of a "but" that it weighs
BEFORE, ELSEWHERE, AFTER = 1, 2, 4
CLOSED = 3


def scores(words: Sequence[str], tokens: Words, starts: Rows) -> Rows:
    """Return (texts,) int64, each text's score; the arguments are as in `Corpus`."""
    values: dict[str, int] = {}  # the strength of each opinion, negative for a negative word
    for (_, strength), listed in OPINIONS.items():
        for positive, negative in (pair.split("/") for pair in listed.split()):
            values |= {positive: strength, negative: -strength}
    value = np.array([values.get(word, 0) for word in words], dtype=np.int64)[tokens]
    spots = np.flatnonzero(value)
    text = np.searchsorted(starts, spots, side="right") - 1
    first, end = starts[text], starts[text + 1]

    negated = _near(_marked(words, tokens, ALL_NEGATORS), spots, range(-SCOPE, 0), first, end)
    contrast = _marked(words, tokens, (CONTRAST,))
    after = _near(contrast, spots, range(-REACH, 0), first, end)
    before = _near(contrast, spots, range(1, REACH + 1), first, end)
    closers = np.concatenate([[0], np.cumsum(_marked(words, tokens, CLOSERS))])
    closed = closers[spots] > closers[first]

    counted = value[spots] * np.where(negated, -1, 1) * np.where(closed, CLOSED, 1)
    counted *= np.where(after, AFTER, np.where(before, BEFORE, ELSEWHERE))
    sums = np.concatenate([[0], np.cumsum(counted)])
    return np.diff(sums[np.searchsorted(spots, starts)])


def _marked(words: Sequence[str], tokens: Words, wanted: Sequence[str]) -> Mask:
    """Return (tokens,) whether a token is one of the wanted words."""
    return np.array([word in wanted for word in words], dtype=bool)[tokens]


def _near(marked: Mask, spots: Rows, steps: range, first: Rows, end: Rows) -> Mask:
    """Return (spots,) whether a marked token of the same text stands that many steps from the spot."""
    found = np.zeros(len(spots), dtype=bool)
    for step in steps:
        at = spots + step
        inside = (at >= first) & (at < end)
        found |= inside & marked[np.where(inside, at, 0)]
    return found
