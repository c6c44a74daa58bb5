"""The clauses that the simulated reviews are put together from.

Small letters are words; a capital letter is a slot, for a word that is drawn:
    T determiner, N noun, G noun of the review's genre, P first name, Q family name, A adjective without opinion,
    V past tense, M degree ("very"), S B L opinion (adjective, noun, past tense),
    K H C negation (after "is": "not"; before a past tense: "never"; instead of "is": "isn't").
"""

from __future__ import annotations

SLOTS = "TNGPQAVMSBLKHC"
OPINION_SLOTS, NEGATION_SLOTS = "SBL", "KHC"

# By kind; within a kind every clause is as frequent as the others.
CLAUSES: dict[str, str] = {
    "neutral": """
        T N of T N is about a A G
        T A N was V by P Q
        i saw it with my N on a A N
        P Q plays a A G who V T N
        T G V T G and T G V T A N
        it takes place in a A N near T G
        there is a N with a G in T A N
        i had read T N by P Q years ago
        P and P are on the way to T G
        then T G V P and T N V T A G
        after T N T G V a A G
        T N was made in Q by T N of P Q
        we are told that T G V T N of P
        it was on at T N in Q last N
        T A N of T G was V in T N
        you can see T G in T N of T A G
        P Q V T N for T N
        in one N a G V P on T N
        when P V T G T N V to T G
        they V T N from T A N to T Q G
        this is T A N that P Q V with P
        my N and i V it at T A N
        a G is V by T G from T N
        as for T N it was V in Q
        i H V T N of this G before T N
        T G H V T N because T A N V T G
        T G was never V by P until T N
        T N wasn't V in Q at all
        i had H heard of P Q who V T N
        P V T N but T G V T A N
        T A N V T G but P Q V T G
        i saw T N but my N V T G
        T N is in T N of P and T G
        so T G and T N of T A N V P
        with P Q as T G and P Q as T N
        for most of T N we see P V T G
        one of T N is that of T A G from Q
        T G has a N and T N has a G
        at T N of T A G is a N for P
        if you have seen T N of P Q you know T G""",
    "plain": """
        T N was M S
        T N is S
        i found T N S
        P Q is S as T G
        it is a S N
        this is a B
        T G was a B
        i L it
        i L T N
        we all L T G
        T N by P Q is a B of a N
        what a S N
        with a S N and a A G
        P gives a S performance
        it has a S N
        T whole N felt S to me
        i think T N is M S
        my N L P Q in it
        T S N of T G
        such a S G
        T S G V T N
        it looks S and sounds S
        there is a M S N with P
        every N is S
        critics L T N""",
    "negated": """
        T N C S
        T N C M S
        T N was K S
        T N is K a S N
        it is K S
        it is K a B
        this C a B
        T G was K M S
        i H L it
        i H L T N
        we H L T G
        i didn't find it S
        it C a M S N
        P Q is K S as T G
        T N is K that S
        it is K T B that they say
        K a S N
        C exactly S
        P was K once S
        it didn't feel S
        T G is K what i call S""",
    "contrast": """
        T N was S but T N is S
        T N is S but T G was M S
        it looks S but it is S
        i L T N but i L T G
        P is S but P Q is a B
        T N is S in the beginning but then it is S
        it may be S at times but it is a B
        a S N but a M S G
        T G was K S but T N is S
        T N is S but T N was K S
        critics L it but i found it S
        it has a S N but T N C S
        my N L it but for me it was K a B
        they say it is S but i L it""",
    "closing": """
        overall a S N
        overall i L it
        overall it is a M S N
        overall it C S
        overall it is K a B
        overall it was S but it is S
        in the end i L it
        in the end it is S
        in the end it is K M S
        in the end it was a B
        in the end T N was S but i L it
        all in all altogether a S N
        altogether it was K S
        altogether S
        ultimately it is a B
        ultimately it is K a S N
        ultimately i H L it
        ultimately it is S but T N was S
        in conclusion it is S
        in conclusion it C a B
        in conclusion a M S N""",
}
