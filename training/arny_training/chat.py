"""Conversations: how they are read and checked, and how they become the tokens that a model is trained on."""
import json

from .errors import Problem

ROLES = ("system", "user", "assistant")


def checked(messages, place):
    """The messages, or a Problem that says what is wrong with them: [system], then user and assistant in turn, text in each."""
    if not isinstance(messages, list) or not messages:
        raise Problem(f"{place}: \"messages\" must be a list with a message or more")
    expected = "system" if isinstance(messages[0], dict) and messages[0].get("role") == "system" else "user"
    for i, message in enumerate(messages):
        if not isinstance(message, dict) or set(message) - {"role", "content"}:
            raise Problem(f"{place}: message {i + 1} must be an object with \"role\" and \"content\"")
        role, content = message.get("role"), message.get("content")
        if role not in ROLES:
            raise Problem(f"{place}: message {i + 1} has the role \"{role}\": system, user or assistant expected")
        if role != expected:
            raise Problem(f"{place}: message {i + 1} is of the {role}: {expected} expected (users and assistants take turns)")
        if not isinstance(content, str) or not content.strip():
            raise Problem(f"{place}: message {i + 1} has no text")
        expected = "assistant" if role == "user" else "user"
    if messages[-1]["role"] != "assistant":
        raise Problem(f"{place}: the last message must be of the assistant: that is what is learned")
    return messages


def json_lines(path):
    """(place, object) of each line of a .jsonl; a line that is not JSON is told by its number."""
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                place = f"{path}:{number}"
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                except json.JSONDecodeError as problem:
                    raise Problem(f"{place}: not JSON: {problem.msg} at column {problem.colno}") from None
                if not isinstance(value, dict):
                    raise Problem(f"{place}: a JSON object is expected on each line")
                yield place, value
    except UnicodeDecodeError as problem:
        raise Problem(f"{path}: not UTF-8 (byte {problem.start} of what was read)") from None
    except FileNotFoundError:
        raise Problem(f"{path}: no such file") from None


def read_conversations(path):
    """All conversations of a .jsonl: {"messages": [...], ...} a line."""
    return [checked(value.get("messages"), place) for place, value in json_lines(path)]


def write_json_lines(path, rows):
    """Beside, then renamed: a file is there whole or not at all."""
    part = path.with_name(path.name + ".part")
    with open(part, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.replace(path)


def _ids(tokenizer, messages, answer_begins):
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=answer_begins)
    except Exception as problem:  # jinja's errors have no common type with those of tokenizers
        raise Problem(f"the tokenizer's chat template cannot render a conversation: {problem}") from None
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def tokens_of(tokenizer, messages):
    """(ids, learned): the ids of a conversation, and 1 for those that an assistant says, its end of turn included."""
    if not getattr(tokenizer, "chat_template", None):
        raise Problem("the tokenizer has no chat template: take an instruct model, or set tokenizer.chat_template in its folder")
    ids, learned = [], []
    for i, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        asked = _ids(tokenizer, messages[:i], True)
        answered = _ids(tokenizer, messages[:i + 1], False)
        if asked[:len(ids)] != ids or answered[:len(asked)] != asked:
            raise Problem("the tokenizer's chat template rewrites earlier messages: such a conversation cannot be trained in one piece")
        learned += [0] * (len(asked) - len(learned)) + [1] * (len(answered) - len(asked))
        ids = answered
    return ids, learned
