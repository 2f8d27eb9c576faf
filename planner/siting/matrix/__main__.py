"""`python -m planner.siting.matrix`: compile the kernels of all models and keep them on disk."""

from planner.siting.matrix.choosing import MODELS, compile_kernels

if __name__ == "__main__":
    for name in MODELS:
        compile_kernels(name)
    compile_kernels("p-median", roomy=True)
