"""A unigram vocabulary's way to cut a text: the pieces with the highest sum of scores, as SentencePiece and llama.cpp do."""

UNKNOWN = 3
PENALTY = 10.0  # below the lowest score: what an unknown character costs


class Unigram:
    def __init__(self, pieces, scores):
        self.ids = {piece.decode(): i for i, piece in enumerate(pieces) if i > UNKNOWN}
        self.scores = scores
        self.longest = max(map(len, self.ids))
        self.unknown = float(min(scores)) - PENALTY

    def pieces_of(self, text):
        """Of a text whose spaces are U+2581 already."""
        best = [0.0] + [-1e30] * len(text)
        back = [(0, UNKNOWN)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self.longest) + 1):
                piece = self.ids.get(text[start:end])
                if piece is not None and best[start] + self.scores[piece] > best[end]:
                    best[end], back[end] = best[start] + self.scores[piece], (start, piece)
            if best[start] + self.unknown > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self.unknown, (start, UNKNOWN)
        ids, end = [], len(text)
        while end > 0:
            end, piece = back[end]
            if piece != UNKNOWN or ids[-1:] != [UNKNOWN]:  # unknown characters in a row are one piece
                ids.append(piece)
        return ids[::-1]

    def tokens(self, text, most):
        """A message as the gateway reads it: one line, both ends of a long one, between <s> and </s>."""
        ids = [0] + self.pieces_of("\u2581" + "\u2581".join(text.split()))
        if len(ids) > most - 1:
            tail = (most - 1) // 2
            ids = ids[:most - 1 - tail] + ids[len(ids) - tail:]
        return ids + [2]
